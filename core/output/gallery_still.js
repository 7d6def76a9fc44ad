"use strict";

/* Who wants little motion sees stills on the page, and what moves when it is opened. */
const stillWanted = matchMedia("(prefers-reduced-motion: reduce)").matches;

async function makeStill(image) {
	const canvas = document.createElement("canvas");
	image.loading = "eager";
	await image.decode();
	canvas.width = image.naturalWidth;
	canvas.height = image.naturalHeight;
	canvas.getContext("2d").drawImage(image, 0, 0);
	canvas.setAttribute("role", "img");
	canvas.setAttribute("aria-label", image.alt);
	image.replaceWith(canvas);
}

/* Make stills of what moves in a part of the page, if they are wanted. */
function makeStills(part) {
	if (stillWanted) {
		part.querySelectorAll("a.moving img").forEach(makeStill);
	}
}

makeStills(document);
