
/* The raw values of maps: in the page, in their files, or in a file that the user chooses */
const values = (() => {
	const maps = new Map(); /* { shape, data } by address */

	function linkOf(address) {
		return Array.from(document.querySelectorAll("a[data-shape]")).find(
			(link) => link.href === address);
	}

	function shapeOf(address) {
		const link = linkOf(address);
		return link ? link.dataset.shape.split(" ").map(Number) : [];
	}

	/* An array of float32 in NumPy's format */
	function parse(buffer) {
		const view = new DataView(buffer);
		const end = 10 + view.getUint16(8, true);
		const header = new TextDecoder().decode(new Uint8Array(buffer, 10, end - 10));
		const shape = /'descr': '<f4'.*'shape': \(([\d, ]*)\)/.exec(header)[1];
		return {
			shape: shape.split(",").filter((text) => text.trim()).map(Number),
			data: new Float32Array(buffer, end),
		};
	}

	function decode(link) {
		const bytes = Uint8Array.from(atob(link.dataset.values), (c) => c.charCodeAt(0));
		return { shape: shapeOf(link.href), data: new Float32Array(bytes.buffer) };
	}

	async function load(address) {
		const link = linkOf(address);
		if (link && link.dataset.values) {
			return decode(link);
		}
		/* A page that was opened from a file may not read others. */
		if (location.protocol === "file:") {
			return null;
		}
		try {
			return parse(await (await fetch(address)).arrayBuffer());
		} catch {
			return null;
		}
	}

	/* A map, or null where only the user can open its file */
	async function get(address) {
		if (!maps.has(address)) {
			const map = await load(address);
			if (!map) {
				return null;
			}
			maps.set(address, map);
		}
		return maps.get(address);
	}

	/* Take a map from a file that the user has chosen; false if it is another one's. */
	async function take(address, file) {
		try {
			const map = parse(await file.arrayBuffer());
			if (map.shape.join(" ") !== shapeOf(address).join(" ")) {
				return false;
			}
			maps.set(address, map);
			return true;
		} catch {
			return false;
		}
	}

	/* Rows, columns, and the values of all channels at one place */
	function grid(map) {
		const [height, width] = map.shape.slice(-2);
		return { height, width };
	}

	function at(map, row, column) {
		const { height, width } = grid(map);
		const found = [];
		for (let i = row * width + column; i < map.data.length; i += height * width) {
			found.push(Number(map.data[i].toPrecision(6)));
		}
		return found;
	}

	return { get, take, grid, at, shapeOf };
})();
