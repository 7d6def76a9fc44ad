
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

	/* The row that an address has behind its path, or NaN */
	function rowOf(address) {
		return Number(/#row=(\d+)$/.exec(address)?.[1] ?? NaN);
	}

	/* An array of float32 in NumPy's format, or the row of it that an address has; read(from, to)
	   gives bytes of the file. */
	async function parse(read, address) {
		const start = await read(0, 1024);
		const end = 10 + new DataView(start).getUint16(8, true);
		const header = new TextDecoder().decode(new Uint8Array(start, 10, end - 10));
		const text = /'descr': '<f4'.*'shape': \(([\d, ]*)\)/.exec(header)[1];
		const shape = text.split(",").filter((part) => part.trim()).map(Number);
		const row = rowOf(address);
		if (!Number.isNaN(row) && row >= shape.shift()) {
			return null;
		}
		const size = 4 * shape.reduce((product, extent) => product * extent, 1);
		const from = end + (row || 0) * size;
		return { shape, data: new Float32Array(await read(from, from + size)) };
	}

	/* Reads parts of a file that a server has; one that does not send parts sends all. */
	function remote(address) {
		return async (from, to) => {
			const headers = { Range: `bytes=${from}-${to - 1}` };
			const answer = await fetch(address, { headers });
			const bytes = await answer.arrayBuffer();
			return answer.status === 206 ? bytes : bytes.slice(from, to);
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
			return await parse(remote(address), address);
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
			const map = await parse((from, to) => file.slice(from, to).arrayBuffer(), address);
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
