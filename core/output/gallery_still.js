
/* Who wants little motion sees a still on the page, and what moves when it is opened. */
if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
	document.querySelectorAll("a.moving img").forEach(async (image) => {
		const canvas = document.createElement("canvas");
		image.loading = "eager";
		await image.decode();
		canvas.width = image.naturalWidth;
		canvas.height = image.naturalHeight;
		canvas.getContext("2d").drawImage(image, 0, 0);
		canvas.setAttribute("role", "img");
		canvas.setAttribute("aria-label", image.alt);
		image.replaceWith(canvas);
	});
}
