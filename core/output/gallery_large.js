
/* One picture, large: arrow keys, a slider over the network's view, values */
(() => {
	const dialog = document.querySelector("dialog");
	const part = (name) => dialog.querySelector("." + name);
	const stack = part("stack"), result = part("result"), under = part("under");
	const input = part("input"), mark = part("mark"), fade = part("fade");
	const slider = fade.querySelector("input"), choose = part("choose");
	const reading = dialog.querySelector("output");
	let cells = [], current = null; /* what the arrow keys go through, and the picture shown */
	let box = null; /* left, top, width and height of the view in the picture */
	let map = null, place = null; /* the values, and the row and column that is read */
	let area = null; /* what the values cover: the view, or all of a label map */

	/* ---- Showing ---- */

	function showFade() {
		result.style.opacity = box ? slider.value / 100 : 1;
	}

	function showUnder(shot) {
		box = shot.dataset.box ? shot.dataset.box.split(" ").map(Number) : null;
		under.hidden = fade.hidden = !box;
		if (box) {
			under.src = shot.dataset.input;
			["left", "top", "width", "height"].forEach((side, i) => {
				under.style[side] = box[i] + "%";
			});
		}
		showFade();
	}

	/* The cell or card that a picture is in */
	function home(shot) {
		return shot.closest("td, li");
	}

	function show(shot) {
		const small = shot.querySelector("img, canvas");
		const view = shot.dataset.input;
		current = shot;
		shown.reveal(home(shot));
		result.src = shot.href;
		result.alt = small.alt || small.getAttribute("aria-label");
		result.classList.toggle("clear", shot.classList.contains("clear"));
		stack.style.setProperty("--ratio",
			small.getAttribute("width") / small.getAttribute("height"));
		stack.classList.toggle("single", !view);
		input.hidden = !view;
		if (view) {
			input.src = view;
		}
		part("caption").textContent = shot.dataset.title;
		part("detail").textContent = shot.dataset.detail || "";
		showUnder(shot);
		loadValues(shot);
	}

	/* ---- Values ---- */

	function showPlace() {
		mark.hidden = !place;
		if (!place) {
			return;
		}
		const { height, width } = values.grid(map);
		const [left, top, across, down] = area;
		Object.assign(mark.style, {
			left: `${left + across * place.column / width}%`,
			top: `${top + down * place.row / height}%`,
			width: `${across / width}%`,
			height: `${down / height}%`,
		});
		reading.textContent = `row ${place.row + 1} of ${height}, column `
			+ `${place.column + 1} of ${width}: `
			+ values.at(map, place.row, place.column).map(named).join(", ");
	}

	/* A value, in a label map with the class that it stands for */
	function named(value) {
		const legend = home(current).querySelector(`[data-index="${value}"] .meaning`);
		const labels = current.classList.contains("labeled");
		return labels && legend ? `${value}, ${legend.textContent}` : value;
	}

	function tellHow(shot) {
		const shape = values.shapeOf(address(shot)).join(" × ");
		const file = decodeURIComponent(shot.dataset.values.split("/").pop())
			.replace("#row=", ", row ");
		choose.hidden = map !== null;
		reading.textContent = map
			? "Point at the picture, or press Shift and an arrow key, to read its values."
			: `Its values, ${shape}, are too many for this page. They are in ${file}.`;
	}

	async function loadValues(shot) {
		map = place = null;
		area = shot.classList.contains("labeled") || !box ? [0, 0, 100, 100] : box;
		showPlace();
		choose.hidden = true;
		reading.textContent = "";
		if (!shot.dataset.values) {
			return;
		}
		const found = await values.get(address(shot));
		if (current === shot) {
			map = found;
			tellHow(shot);
		}
	}

	function address(shot) {
		return new URL(shot.dataset.values, location.href).href;
	}

	async function takeFile(event) {
		const shot = current, file = event.target.files[0];
		event.target.value = "";
		if (file && await values.take(address(shot), file)) {
			loadValues(shot);
		} else if (file) {
			reading.textContent = `${file.name} is not the file of this map.`;
		}
	}

	/* Read the values under the pointer. */
	function point(event) {
		if (!map) {
			return;
		}
		const { height, width } = values.grid(map);
		const [left, top, across, down] = area;
		const seen = stack.getBoundingClientRect();
		const x = (100 * (event.clientX - seen.left) / seen.width - left) / across;
		const y = (100 * (event.clientY - seen.top) / seen.height - top) / down;
		const inside = x >= 0 && x < 1 && y >= 0 && y < 1;
		place = inside ? { row: Math.floor(y * height), column: Math.floor(x * width) } : null;
		showPlace();
		if (!inside) {
			reading.textContent = "The network has not seen this part of the picture.";
		}
	}

	/* Read the values next to those read before, from the middle on. */
	function read(down, across) {
		if (!map) {
			return;
		}
		const { height, width } = values.grid(map);
		const within = (number, end) => Math.max(0, Math.min(end - 1, number));
		place = place
			? { row: within(place.row + down, height),
			    column: within(place.column + across, width) }
			: { row: height >> 1, column: width >> 1 };
		showPlace();
	}

	/* ---- Going through ---- */

	/* To the next picture that the filter lets through, after the last the first */
	function step(by) {
		const here = home(current);
		const near = shown.shots(here);
		let next = near[near.indexOf(current) + by];
		for (let i = cells.indexOf(here) + by; !next; i += by) {
			i = (i + cells.length) % cells.length;
			next = shown.shots(cells[i]).at(by > 0 ? 0 : -1);
		}
		show(next);
	}

	/* To the nearest picture in the row above or below; a list of cards is one row. */
	function move(by) {
		const here = home(current);
		const row = (cell) => cell.parentElement;
		const place = (cell) => Array.prototype.indexOf.call(row(cell).children, cell);
		const distance = (cell) => Math.abs(place(cell) - place(here));
		let i = cells.indexOf(here);
		while (cells[i] && (row(cells[i]) === row(here) || !shown.shots(cells[i]).length)) {
			i += by;
		}
		const nearest = cells.filter((cell) => cells[i] && row(cell) === row(cells[i]))
			.sort((a, b) => distance(a) - distance(b))
			.find((cell) => shown.shots(cell).length);
		if (nearest) {
			show(shown.shots(nearest)[0]);
		}
	}

	const moves = {
		ArrowLeft: () => step(-1), ArrowRight: () => step(1),
		ArrowUp: () => move(-1), ArrowDown: () => move(1),
	};
	const reads = {
		ArrowLeft: () => read(0, -1), ArrowRight: () => read(0, 1),
		ArrowUp: () => read(-1, 0), ArrowDown: () => read(1, 0),
	};

	document.querySelector("main").addEventListener("click", (event) => {
		const shot = event.target.closest("a.shot");
		if (!shot || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) {
			return;
		}
		event.preventDefault();
		cells = shown.cells();
		show(shot);
		dialog.showModal();
	});
	dialog.addEventListener("keydown", (event) => {
		const keys = event.shiftKey ? reads : moves;
		if (keys[event.key] && (event.shiftKey || event.target !== slider)) {
			event.preventDefault();
			keys[event.key]();
		}
	});
	dialog.addEventListener("close", () => current.focus());
	slider.addEventListener("input", showFade);
	choose.addEventListener("change", takeFile);
	stack.addEventListener("pointermove", point);
	stack.addEventListener("pointerdown", point);
	part("stage").addEventListener("click", (event) => {
		if (!stack.contains(event.target)) {
			dialog.close();
		}
	});
	part("before").addEventListener("click", () => step(-1));
	part("after").addEventListener("click", () => step(1));
	part("close").addEventListener("click", () => dialog.close());
})();
