"use strict";
(function () {
	const shots = Array.from(document.querySelectorAll("a.shot"));
	const dialog = document.querySelector("dialog");
	if (!shots.length || typeof dialog.showModal !== "function") {
		return;
	}
	const picture = dialog.querySelector(".result");
	const input = dialog.querySelector(".input");
	const caption = dialog.querySelector(".caption");
	const detail = dialog.querySelector(".detail");
	let current = 0;

	/* Rows and columns as on the page; a list of cards is one row. */
	const rows = [];
	for (const shot of shots) {
		const home = shot.closest("tr, ul");
		if (!rows.length || rows[rows.length - 1].home !== home) {
			rows.push({ home: home, shots: [] });
		}
		const cell = shot.closest("td, li");
		shot.alt = shot.querySelector("img").alt;
		shot.column = Array.prototype.indexOf.call(home.children, cell);
		shot.row = rows.length - 1;
		rows[rows.length - 1].shots.push(shot);
	}

	function show(index) {
		const shot = shots[index];
		current = index;
		picture.src = shot.href;
		picture.alt = shot.alt;
		picture.classList.toggle("clear", shot.classList.contains("clear"));
		const view = shot.dataset.input;
		input.hidden = !view;
		picture.classList.toggle("single", !view);
		if (view) {
			input.src = view;
		} else {
			input.removeAttribute("src");
		}
		caption.textContent = shot.dataset.title;
		detail.textContent = shot.dataset.detail || "";
	}

	function step(by) {
		show((current + by + shots.length) % shots.length);
	}

	function move(by) {
		const row = rows[shots[current].row + by];
		if (!row) {
			return;
		}
		const column = shots[current].column;
		const distance = (shot) => Math.abs(shot.column - column);
		const nearest = row.shots.reduce((a, b) => (distance(b) < distance(a) ? b : a));
		show(shots.indexOf(nearest));
	}

	/* Who wants little motion sees a still in the table, and what moves when it is opened. */
	async function still(shot) {
		const image = shot.querySelector("img");
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

	if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
		shots.filter((shot) => shot.classList.contains("moving")).forEach(still);
	}

	shots.forEach(function (shot, index) {
		shot.addEventListener("click", function (event) {
			if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) {
				return;
			}
			event.preventDefault();
			show(index);
			dialog.showModal();
		});
	});
	dialog.addEventListener("keydown", function (event) {
		const moves = {
			ArrowLeft: () => step(-1), ArrowRight: () => step(1),
			ArrowUp: () => move(-1), ArrowDown: () => move(1),
		};
		if (moves[event.key]) {
			event.preventDefault();
			moves[event.key]();
		}
	});
	dialog.addEventListener("close", function () {
		shots[current].focus();
	});
	dialog.querySelector(".stage").addEventListener("click", () => dialog.close());
	dialog.querySelector(".before").addEventListener("click", () => step(-1));
	dialog.querySelector(".after").addEventListener("click", () => step(1));
	dialog.querySelector(".close").addEventListener("click", () => dialog.close());
})();
