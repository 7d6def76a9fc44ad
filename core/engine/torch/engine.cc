/**
 * \file    engine/torch/engine.cc
 * \brief   The libtorch engine: its table, and opening networks
 *
 * Weights are used where they are, in a mapped file, and never written. No exception
 * leaves the engine.
 */
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/api/include/torch/version.h>

#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>

#include "engine/torch/allocator.h"
#include "engine/torch/canvas.h"
#include "engine/torch/device.h"
#include "engine/torch/pass.h"
#include "graph/operation.h"

namespace torch_engine
{

const Operation *find_operation(const char *name)
{
	for (const Operation *row : { conv_operations, pool_operations,
			     activation_operations, norm_operations, resample_operations,
			     shape_operations, arithmetic_operations, array_operations,
			     attention_operations }) {
		for (; row->name != nullptr; row++) {
			if (std::strcmp(row->name, name) == 0) {
				return row;
			}
		}
	}
	return nullptr;
}

namespace
{

/* ---- Failures ---------------------------------------------------------------- */

cnnviz_status report(struct error *error, cnnviz_status status, const std::string &text)
{
	if (error != nullptr) {
		/* ATen appends a backtrace and hints for Python after its first line. */
		std::string line = text.substr(0, text.find('\n'));
		error->status = status;
		std::snprintf(error->text, sizeof(error->text), "%s", line.c_str());
	}
	return status;
}

std::string layer_prefix(const struct graph_node *node)
{
	return node != nullptr ? std::string("layer ") + node->name + ": "
			       : std::string();
}

bool is_memory_error(const std::string &text)
{
	return text.find("allocate memory") != std::string::npos
			|| text.find("out of memory") != std::string::npos
			|| text.find("ALLOC_FAILED") != std::string::npos;
}

/** Convert the current exception to a status; may itself run out of memory */
cnnviz_status report_exception(struct error *error, const struct graph_node *current)
{
	try {
		throw;
	} catch (const Failure &failure) {
		return report(error, failure.status,
				failure.status == CNNVIZ_ERROR_CANCELED
						? failure.text
						: layer_prefix(current) + failure.text);
	} catch (const std::bad_alloc &) {
		return report(error, CNNVIZ_ERROR_MEMORY,
				layer_prefix(current)
						+ "out of memory; use a smaller batch or "
						  "input size");
	} catch (const c10::OutOfMemoryError &) {
		release_cached_memory();
		return report(error, CNNVIZ_ERROR_MEMORY,
				layer_prefix(current)
						+ "out of memory on the card; use a "
						  "smaller batch or input size, or "
						  "wait for other programs that use "
						  "the card");
	} catch (const c10::Error &failure) {
		return report(error,
				is_memory_error(failure.msg()) ? CNNVIZ_ERROR_MEMORY
							       : CNNVIZ_ERROR_ENGINE,
				layer_prefix(current) + failure.msg());
	} catch (const std::exception &failure) {
		return report(error, CNNVIZ_ERROR_ENGINE,
				layer_prefix(current) + failure.what());
	}
}

/**
 * Run body and convert its exceptions to a status. *current is the running node, for
 * the message.
 */
template <typename Body>
cnnviz_status guarded(struct error *error, const struct graph_node *const *current,
		Body body) noexcept
{
	try {
		try {
			c10::InferenceMode mode;
			body();
			return CNNVIZ_OK;
		} catch (...) {
			return report_exception(error, *current);
		}
	} catch (...) {
		if (error != nullptr) {
			error->status = CNNVIZ_ERROR_ENGINE;
			std::snprintf(error->text, sizeof(error->text),
					"libtorch failed without a message");
		}
		return CNNVIZ_ERROR_ENGINE;
	}
}

/** The same for what runs no node */
template <typename Body>
cnnviz_status guarded_call(struct error *error, Body body) noexcept
{
	const struct graph_node *const none = nullptr;

	return guarded(error, &none, body);
}

/* ---- The machine --------------------------------------------------------------- */

/**
 * OpenBLAS has its own threads, which ATen does not control. It is only available by
 * the name of the system's BLAS, so it is looked up instead of linked.
 */
void *find_openblas(const char *symbol)
{
	for (const char *library : { "libblas.so.3", "libopenblas.so.0" }) {
		void *handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
		void *found = handle != nullptr ? dlsym(handle, symbol) : nullptr;
		if (handle != nullptr) {
			dlclose(handle);
		}
		if (found != nullptr) {
			return found;
		}
	}
	return nullptr;
}

/** What the threads of libtorch and OpenBLAS reserve, and a small network takes */
constexpr size_t ROOM = size_t{ 512 } << 20;

/**
 * Pools of threads wait for ever for one that cannot be started, and OpenBLAS for memory that it
 * cannot get. So look first whether there is room, where there is a limit.
 */
void check_address_space()
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
		return;
	}
	void *room = mmap(nullptr, ROOM, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (room == MAP_FAILED) {
		throw std::runtime_error("the address space of "
				+ std::to_string(limit.rlim_cur >> 20)
				+ " MiB that `ulimit -v` allows is too small for "
				  "libtorch: it "
				  "must leave 512 MiB beside its libraries");
	}
	munmap(room, ROOM);
}

void set_threads(int threads)
{
	void *found = find_openblas("openblas_set_num_threads");

	at::set_num_threads(threads);
	if (found != nullptr) {
		reinterpret_cast<void (*)(int)>(found)(threads);
	}
}

/* ---- Opening a network --------------------------------------------------------- */

/** Why a node cannot be run, or null */
const char *unsupported_reason(const struct graph_node &node)
{
	const Operation *operation = find_operation(node.op->name);

	if (operation == nullptr) {
		return "it does not support this operation; write engine = reference";
	}
	return operation->objection != nullptr ? operation->objection(node) : nullptr;
}

/** Wrap a node's weights; all weights of its operation are required. */
void load_weights(const Network &network, Layer &layer)
{
	const struct graph_node &node = *layer.node;
	int32_t index = static_cast<int32_t>(&node - network.graph->nodes);

	for (int i = 0; i < GRAPH_WEIGHT_COUNT; i++) {
		auto role = static_cast<enum graph_weight>(i);
		int64_t shape[4];

		if (node.weights[i] != nullptr) {
			layer.weights[i] = wrap(network.options.tensor, node.weights[i])
							   .to(network.device);
		} else if (graph_weight_shape(network.graph, index, role, shape) > 0) {
			throw Failure{ CNNVIZ_ERROR_ENGINE, "it has no weights" };
		}
	}
}

void add_layer(Network &network, const struct graph_node &node)
{
	bool input = network.layers.empty();
	const char *objection = input ? nullptr : unsupported_reason(node);
	Layer layer;

	if (objection != nullptr) {
		throw Failure{ CNNVIZ_ERROR_UNSUPPORTED, objection };
	}
	layer.node = &node;
	layer.operation = input ? nullptr : find_operation(node.op->name);
	layer.options = &network.options;
	layer.recent = &network.recent;
	load_weights(network, layer);
	if (!input && layer.operation->prepare != nullptr) {
		layer.operation->prepare(layer);
	}
	if (!input && (layer.operation->traits & VIEW) != 0) {
		network.layers[static_cast<size_t>(node.inputs[0])].viewed = true;
	}
	network.layers.push_back(layer);
}

/* ---- The table ----------------------------------------------------------------- */

/** Of the card that a network was opened on last, for engine_describe() */
std::string opened_title;

const char *engine_describe(void)
{
	static char text[320];
	/* A libtorch with MKL inside uses that, whatever other libraries have loaded. */
	const char *blas = at::hasMKL() ? ", MKL"
			: find_openblas("openblas_set_num_threads") != nullptr
			? ", OpenBLAS"
			: "";

	int threads = at::get_num_threads();

	std::snprintf(text, sizeof(text), "libtorch %s%s%s, %d thread%s%s%s",
			TORCH_VERSION, blas, at::hasMKLDNN() ? ", oneDNN" : "", threads,
			threads == 1 ? "" : "s", opened_title.empty() ? "" : ", ",
			opened_title.c_str());
	return text;
}

bool engine_supports(const struct graph *graph, int32_t node, const char **reason)
{
	const char *objection = unsupported_reason(graph->nodes[node]);

	if (objection != nullptr) {
		*reason = objection;
	}
	return objection == nullptr;
}

cnnviz_status engine_open(const struct engine_options *options, const struct graph *graph,
		struct engine_network **network, struct error *error)
{
	const struct graph_node *current = nullptr;

	return guarded(error, &current, [&] {
		auto shared = std::make_shared<Network>();
		shared->graph = graph;
		shared->options = *options;
		shared->device = find_device(options->device != nullptr ? options->device
									: "cpu");
		check_address_space();
		prepare_device(shared->device);
		opened_title = device_title(shared->device);
		set_threads(options->threads);
		keep_freed_memory();
		for (size_t i = 0; i < graph->node_count; i++) {
			current = &graph->nodes[i];
			add_layer(*shared, graph->nodes[i]);
		}
		find_company(*shared);
		current = nullptr;
		*network = new engine_network{ shared };
	});
}

void engine_close(struct engine_network *network)
{
	delete network;
}

void check_captures(const struct graph *graph, size_t count, const int32_t *captures)
{
	for (size_t i = 0; i < count; i++) {
		if (captures[i] < 0
				|| static_cast<size_t>(captures[i])
						>= graph->node_count) {
			throw Failure{ CNNVIZ_ERROR_ENGINE,
				"there is no layer " + std::to_string(captures[i]) };
		}
	}
}

cnnviz_status engine_forward_from(struct engine_network *network, size_t start_count,
		const struct engine_start *starts, size_t capture_count,
		const int32_t *captures, bool backward, struct engine_pass **pass,
		struct error *error)
{
	const struct graph_node *current = nullptr;

	return guarded(error, &current, [&] {
		const Network &shared = *network->shared;
		check_captures(shared.graph, capture_count, captures);
		std::unique_ptr<engine_pass> made(new engine_pass{ network->shared,
				backward,
				std::vector<Activation>(shared.graph->node_count) });
		for (size_t i = 0; i < capture_count; i++) {
			made->activations[static_cast<size_t>(captures[i])].captured =
					true;
		}
		run_forward(*made, { starts, starts + start_count }, &current);
		*pass = made.release();
	});
}

cnnviz_status engine_forward(struct engine_network *network, const cnnviz_tensor *input,
		size_t capture_count, const int32_t *captures, bool backward,
		struct engine_pass **pass, struct error *error)
{
	const struct engine_start start = { 0, input };

	if (network->shared->options.tensor->rank(input) != 4) {
		return guarded_call(error, [] {
			throw Failure{ CNNVIZ_ERROR_ENGINE,
				"the input is not of shape (N,C,H,W)" };
		});
	}
	return engine_forward_from(network, 1, &start, capture_count, captures, backward,
			pass, error);
}

cnnviz_status engine_activation(struct engine_pass *pass, int32_t node,
		cnnviz_tensor **tensor, struct error *error)
{
	const struct graph_node *current = nullptr;

	return guarded(error, &current, [&] { *tensor = take_activation(*pass, node); });
}

/** engine.h's backward() or backward_by_rules() */
cnnviz_status answer(engine_pass *pass, const Question &question,
		cnnviz_tensor **gradients, struct error *error)
{
	const struct graph_node *current = nullptr;
	std::vector<cnnviz_tensor *> made;
	cnnviz_status status = guarded(error, &current, [&] {
		if (!pass->backward) {
			throw Failure{ CNNVIZ_ERROR_ENGINE,
				"this pass was made without backward" };
		}
		if (question.rule > CNNVIZ_RULE_REDIRECTED) {
			throw Failure{ CNNVIZ_ERROR_ENGINE,
				"there is no backward rule "
						+ std::to_string(question.rule) };
		}
		run_backward(*pass, question, made, &current);
	});

	for (size_t i = 0; i < made.size(); i++) {
		if (status == CNNVIZ_OK) {
			gradients[i] = made[i];
		} else {
			pass->network->options.tensor->unref(made[i]);
		}
	}
	return status;
}

cnnviz_status engine_backward(struct engine_pass *pass, uint32_t rule, size_t seed_count,
		const int32_t *seed_nodes, const cnnviz_tensor *const *seeds,
		size_t wanted_count, const int32_t *wanted, cnnviz_tensor **gradients,
		struct error *error)
{
	return answer(pass,
			{ rule, seed_count, seed_nodes, seeds, wanted_count, wanted,
					nullptr },
			gradients, error);
}

cnnviz_status engine_backward_by_rules(struct engine_pass *pass,
		const struct engine_rules *rules, size_t seed_count,
		const int32_t *seed_nodes, const cnnviz_tensor *const *seeds,
		size_t wanted_count, const int32_t *wanted, cnnviz_tensor **gradients,
		struct error *error)
{
	return answer(pass,
			{ CNNVIZ_RULE_PLAIN, seed_count, seed_nodes, seeds, wanted_count,
					wanted, rules },
			gradients, error);
}

void engine_release(struct engine_pass *pass)
{
	delete pass;
}

cnnviz_status engine_hessian_product(struct engine_network *network, size_t start_count,
		const struct engine_start *starts, size_t seed_count,
		const int32_t *seed_nodes, const cnnviz_tensor *const *seeds,
		const cnnviz_tensor *direction, cnnviz_tensor **product,
		struct error *error)
{
	const struct graph_node *current = nullptr;

	return guarded(error, &current, [&] {
		const Network &shared = *network->shared;
		check_captures(shared.graph, seed_count, seed_nodes);
		*product = to_host(shared.options.tensor,
				multiply_hessian(shared, { starts, starts + start_count },
						{ seed_count, seed_nodes, seeds },
						direction, &current));
	});
}

/* ---- Canvases ------------------------------------------------------------------ */

std::vector<int64_t> listed(uint32_t count, const uint32_t *items)
{
	return std::vector<int64_t>(items, items + count);
}

cnnviz_status canvas_open(struct engine_network *network,
		const struct engine_canvas_settings *settings,
		const cnnviz_tensor *variables, const cnnviz_tensor *starts,
		struct engine_canvas **canvas, struct error *error)
{
	return guarded_call(error, [&] {
		*canvas = open_canvas(network->shared, *settings, variables, starts);
	});
}

void canvas_close(struct engine_canvas *canvas)
{
	close_canvas(canvas);
}

cnnviz_status canvas_look(struct engine_canvas *canvas, uint32_t count,
		const uint32_t *items, const struct engine_view *views,
		const cnnviz_tensor *stand_in, struct error *error)
{
	return guarded_call(error,
			[&] { look(*canvas, listed(count, items), views, stand_in); });
}

cnnviz_status canvas_find_silent(struct engine_canvas *canvas, uint32_t count,
		const uint32_t *items, bool *silent, struct error *error)
{
	return guarded_call(error,
			[&] { find_silent(*canvas, listed(count, items), silent); });
}

cnnviz_status canvas_step(struct engine_canvas *canvas, uint32_t count,
		const uint32_t *items, const struct engine_canvas_step *step,
		struct engine_canvas_outcome *outcomes, struct error *error)
{
	return guarded_call(error, [&] {
		take_step(*canvas, listed(count, items), *step, outcomes);
	});
}

cnnviz_status canvas_read(struct engine_canvas *canvas, cnnviz_tensor *inputs,
		struct error *error)
{
	return guarded_call(error, [&] { read_inputs(*canvas, inputs); });
}

const struct engine_canvas_table canvas_table = {
	canvas_open,
	canvas_close,
	canvas_look,
	canvas_find_silent,
	canvas_step,
	canvas_read,
};

const struct engine table = {
	ENGINE_VERSION,
	"torch",
	engine_describe,
	device_names,
	choose_device,
	engine_supports,
	engine_open,
	engine_close,
	engine_forward,
	engine_forward_from,
	engine_activation,
	engine_backward,
	engine_release,
	engine_hessian_product,
	&canvas_table,
	engine_backward_by_rules,
};

} // namespace

} // namespace torch_engine

extern "C" __attribute__((visibility("default"))) const struct engine *
cnnviz_engine(void);

const struct engine *cnnviz_engine(void)
{
	return &torch_engine::table;
}
