"""The engines that answer questions, behind one small interface."""
