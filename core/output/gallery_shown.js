/* Which columns and jobs are shown: the filter, and pages of pictures */
const shown = (() => {
	const form = document.querySelector("form.filters");
	const table = document.querySelector("table.results");
	const heads = table ? Array.from(table.tHead.querySelectorAll("th")) : [];
	const rows = table ? Array.from(table.rows) : [];
	const size = table ? Number(table.dataset.page) : 1;
	const jobs = Array.from(document.querySelectorAll("[data-job]"));
	const job = form.elements.job, kind = form.elements.class;
	let matching = heads.map((head, column) => column); /* columns of the chosen class */
	let onPage = new Set(matching.slice(0, size));
	let page = 0;

	function pages() {
		return Math.max(1, Math.ceil(matching.length / size));
	}

	/* A cell that has not been on a page yet is text. */
	function fill(cell) {
		const text = cell.querySelector("noscript");
		if (text) {
			cell.innerHTML = text.textContent;
			makeStills(cell);
		}
		return cell;
	}

	/* Only cells whose column comes or goes are touched: there may be thousands. */
	function showColumns(columns) {
		const changed = heads.map((head, column) => column).filter(
			(column) => columns.has(column) !== onPage.has(column));
		onPage = columns;
		for (const row of rows) {
			if (row.classList.contains("job")) {
				row.cells[0].colSpan = columns.size + 1;
				continue;
			}
			for (const column of changed) {
				fill(row.cells[column + 1]).hidden = !columns.has(column);
			}
		}
		table.style.setProperty("--pictures", Math.max(1, columns.size));
		table.classList.toggle("many", columns.size > table.dataset.wide);
	}

	function describe() {
		const first = page * size;
		const last = Math.min(first + size, matching.length);
		if (matching.length > size) {
			return `Pictures ${first + 1} to ${last} of ${matching.length}`;
		}
		return `${matching.length} picture${matching.length === 1 ? "" : "s"}`;
	}

	function turnTo(number) {
		page = number;
		if (table) {
			showColumns(new Set(matching.slice(page * size, (page + 1) * size)));
			form.querySelector(".range").textContent = describe();
		}
		form.querySelector(".turn").hidden = pages() === 1;
	}

	function turn(by) {
		turnTo((page + by + pages()) % pages());
		table.parentElement.scrollLeft = 0;
	}

	function filter() {
		matching = heads.map((head, column) => column).filter((column) =>
			!kind.value || heads[column].dataset.class === kind.value);
		for (const part of jobs) {
			part.hidden = job.value !== "" && part.dataset.job !== job.value;
		}
		turnTo(0);
	}

	function offer(select, names) {
		const different = new Set(names.filter((name) => name !== undefined));
		for (const name of different) {
			select.add(new Option(name));
		}
		select.parentElement.hidden = different.size < 2;
		return different.size > 1;
	}

	/* Cells and cards that the filter lets through, on whatever page, in order */
	function cells() {
		const ofRow = (row) => matching.map((column) => row.cells[column + 1]);
		const found = rows.filter((row) => !row.matches(".job, thead *, [hidden] *"))
			.flatMap(ofRow);
		return found.concat(...document.querySelectorAll(".alone:not([hidden]) li"));
	}

	/* The pictures in a cell or card that are not folded away */
	function shots(cell) {
		return Array.from(fill(cell).querySelectorAll("a.shot")).filter(
			(shot) => !shot.closest("details:not([open])"));
	}

	/* Turn to the page that a cell is on. */
	function reveal(cell) {
		const column = cell.cellIndex - 1;
		if (column >= 0 && !onPage.has(column)) {
			turnTo(Math.floor(matching.indexOf(column) / size));
		}
	}

	/* What is folded in a row opens and closes together. */
	function unfold(event) {
		const row = event.target.closest("tr");
		for (const fold of row ? row.querySelectorAll("details") : []) {
			fold.open = event.target.open;
		}
	}

	const someJobs = offer(job, jobs.map((part) => part.dataset.job));
	const someClasses = offer(kind, heads.map((head) => head.dataset.class).sort());
	form.hidden = !someJobs && !someClasses && pages() === 1;
	form.reset();
	turnTo(0);
	form.addEventListener("change", filter);
	form.addEventListener("submit", (event) => event.preventDefault());
	form.elements.before.addEventListener("click", () => turn(-1));
	form.elements.after.addEventListener("click", () => turn(1));
	document.addEventListener("toggle", unfold, true);
	addEventListener("hashchange", () => {
		job.value = "";
		filter();
		document.querySelector(":target")?.scrollIntoView();
	});
	return { cells, shots, reveal };
})();
