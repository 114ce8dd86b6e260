// Makes charts live under the pointer. Without it every page holds the same.
// The libraries are fetched from this site when a chart is first pointed at.
"use strict";
(() => {
  const bundle = new URL("charts.js", document.currentScript.src).href;
  let loading = null;
  const load = () => {
    loading ??= new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = bundle;
      script.onload = done;
      script.onerror = failed;
      document.head.append(script);
    });
    return loading;
  };
  const enliven = async (picture) => {
    if (picture.dataset.state) return;
    picture.dataset.state = "loading";
    try {
      const image = picture.querySelector("img");
      const [answer] = await Promise.all([fetch(specOf(picture, image)), load()]);
      if (!answer.ok) throw new Error(answer.statusText);
      const place = document.createElement("div");
      place.setAttribute("role", "img");
      place.setAttribute("aria-label", picture.dataset.alt);
      place.className = "picture live";
      const spec = await answer.json();
      await window.vegaEmbed(place, spec, {
        actions: false, ast: true, defaultStyle: false, renderer: "svg",
        tooltip: { disableDefaultStyle: true }, logLevel: 1,
      });
      picture.replaceWith(place);
    } catch (error) {
      picture.dataset.state = "still";
    }
  };
  // the same width and theme as the picture that the browser chose
  const specOf = (picture, image) => {
    const shown = new URL(image.currentSrc || image.src);
    const spec = new URL(picture.dataset.spec, document.baseURI);
    for (const name of ["width", "theme", "titled"]) {
      if (shown.searchParams.has(name)) spec.searchParams.set(name, shown.searchParams.get(name));
    }
    return spec;
  };
  if (location.protocol === "file:") return;
  for (const picture of document.querySelectorAll("a.picture[data-spec]")) {
    picture.addEventListener("pointerenter", () => enliven(picture), { once: true });
  }
})();
