"""The site: pages, pictures and API over one release; views prepare, templates show."""
