/**
 * \file    testing/test_rules.c
 * \brief   Rules of layers follow their formulas on a layer that can be written out
 *
 * By the host for tests of techniques; tests/oracle/rules.py and rule_peers.py compare whole
 * networks.
 */
#include <math.h>
#include <string.h>

#include <cnnviz/test.h>

#include "support/cunit_main.h"

#define IN 3
#define OUT 2

/* One linear layer: z = w x + b, with relevance R */
static const float x[IN] = { 2, -1, 0.5F };
static const float w[OUT][IN] = { { 1, -2, 3 }, { -1, 0.5F, 2 } };
static const float b[OUT] = { 0.5F, -0.25F };
static const float R[OUT] = { 1, -2 };

static const cnnviz_host *const host = &cnnviz_test_host;

static cnnviz_test_network *linear_network(void)
{
	const cnnviz_test_layer layers[] = {
		{ "flat", "flatten", 0, 0, NULL, NULL },
		{ "logits", "linear", OUT, 0, &w[0][0], b },
	};

	return cnnviz_test_network_create(IN, 1, 1, layers, 2);
}

static cnnviz_status compose(cnnviz_job *job, const cnnviz_rule *rule,
		const char *operations, const cnnviz_rules **rules)
{
	const cnnviz_rule_entry entry = {
		.struct_size = sizeof(entry),
		.operations = operations,
		.rule = rule,
	};
	const cnnviz_composite composite = {
		.struct_size = sizeof(composite),
		.entry_count = 1,
		.entries = &entry,
	};

	return host->rule->compose(job, &composite, rules);
}

/** Relevance of x by a rule at the linear layer, beginning with R */
static void share(const cnnviz_rule *rule, float shares[IN])
{
	static const int32_t input = CNNVIZ_LAYER_INPUT, logits = CNNVIZ_LAYER_LOGITS;
	const int64_t in[] = { 1, IN, 1, 1 }, out[] = { 1, OUT };
	cnnviz_test_network *network = linear_network();
	cnnviz_tensor *inputs = cnnviz_test_tensor(4, in, x);
	cnnviz_tensor *seed = cnnviz_test_tensor(2, out, R);
	const cnnviz_tensor *const seeds[] = { seed };
	cnnviz_job job = { .network = network };
	const cnnviz_rules *rules = NULL;
	cnnviz_tensor *found = NULL;
	cnnviz_pass *pass = NULL;

	CU_ASSERT_EQUAL_FATAL(compose(&job, rule, "linear", &rules), CNNVIZ_OK);
	CU_ASSERT_EQUAL_FATAL(host->rule->forward(&job, rules, inputs, 1, &logits, &pass),
			CNNVIZ_OK);
	CU_ASSERT_EQUAL_FATAL(host->rule->backward(&job, pass, NULL, 1, &logits, seeds, 1,
					      &input, &found),
			CNNVIZ_OK);
	memcpy(shares, host->tensor->data(found), IN * sizeof(*shares));
	host->tensor->unref(found);
	host->pass->unref(pass);
	host->tensor->unref(seed);
	host->tensor->unref(inputs);
	cnnviz_test_network_free(network);
	CU_ASSERT_EQUAL(cnnviz_test_live(), 0);
}

/** What a rule counts of a contribution, and of a bias */
typedef double (*counted)(double x, double w);

static double any(double value, double weight)
{
	return value * weight;
}

static double positive(double value, double weight)
{
	return fmax(value * weight, 0);
}

static double negative(double value, double weight)
{
	return fmin(value * weight, 0);
}

static double squared(double value, double weight)
{
	(void)value;
	return weight * weight;
}

static double equal(double value, double weight)
{
	(void)value;
	(void)weight;
	return 1;
}

/** Gamma's, of an output whose sign is known */
static double raised(double value, double weight)
{
	return value * weight + 0.5 * positive(value, weight);
}

static double lowered(double value, double weight)
{
	return value * weight + 0.5 * negative(value, weight);
}

/** Add the shares of output j in proportion to what is counted. */
static void add(int j, counted count, double bias, double factor, double shares[IN])
{
	double sum = bias;

	for (int i = 0; i < IN; i++) {
		sum += count((double)x[i], (double)w[j][i]);
	}
	for (int i = 0; i < IN && sum != 0; i++) {
		shares[i] += factor * (double)R[j] * count((double)x[i], (double)w[j][i])
				/ sum;
	}
}

static void expect(uint32_t kind, const double expected[IN])
{
	const cnnviz_rule rule = {
		.struct_size = sizeof(rule),
		.kind = kind,
		.gamma = 0.5,
		.alpha = 2,
		.beta = 1,
	};
	float shares[IN];

	share(&rule, shares);
	for (int i = 0; i < IN; i++) {
		CU_ASSERT_DOUBLE_EQUAL((double)shares[i], expected[i], 1e-6);
	}
}

static void each_rule_shares_by_its_formula(void)
{
	static const struct {
		uint32_t kind;
		counted count;
		double bias[OUT]; /* that it counts */
	} rows[] = {
		{ CNNVIZ_RULE_EPSILON, any, { 0.5, -0.25 } },
		{ CNNVIZ_RULE_Z_PLUS, positive, { 0.5, 0 } },
		{ CNNVIZ_RULE_EXCITATION, positive, { 0, 0 } },
		{ CNNVIZ_RULE_INHIBITION, negative, { 0, 0 } },
		{ CNNVIZ_RULE_W_SQUARE, squared, { 0.25, 0.0625 } },
		{ CNNVIZ_RULE_FLAT, equal, { 0, 0 } },
	};

	for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
		double expected[IN] = { 0 };

		for (int j = 0; j < OUT; j++) {
			add(j, rows[r].count, rows[r].bias[j], 1, expected);
		}
		expect(rows[r].kind, expected);
	}
}

static void rules_of_two_parts_add_both(void)
{
	double alpha_beta[IN] = { 0 }, gamma[IN] = { 0 };

	for (int j = 0; j < OUT; j++) {
		double z = (double)b[j];

		for (int i = 0; i < IN; i++) {
			z += (double)x[i] * (double)w[j][i];
		}
		add(j, positive, fmax((double)b[j], 0), 2, alpha_beta);
		add(j, negative, fmin((double)b[j], 0), -1, alpha_beta);
		if (z > 0) {
			add(j, raised, (double)b[j] + 0.5 * fmax((double)b[j], 0), 1,
					gamma);
		} else {
			add(j, lowered, (double)b[j] + 0.5 * fmin((double)b[j], 0), 1,
					gamma);
		}
	}
	expect(CNNVIZ_RULE_ALPHA_BETA, alpha_beta);
	expect(CNNVIZ_RULE_GAMMA, gamma);
}

/** Epsilon without a stabilizer, as a function */
static cnnviz_status epsilon(const cnnviz_host *services, cnnviz_job *job, void *context,
		const cnnviz_rule_call *call, cnnviz_tensor **shares)
{
	const cnnviz_tensor_api *tensor = services->tensor;
	cnnviz_tensor *quotient = NULL;
	cnnviz_status status = tensor->create(job, tensor->rank(call->output),
			tensor->shape(call->output), &quotient);

	CU_ASSERT_EQUAL(tensor->count(call->weight), IN * OUT);
	CU_ASSERT_EQUAL(tensor->data(call->bias)[1], b[1]);
	*(int *)context += 1;
	for (int64_t i = 0; i < tensor->count(quotient); i++) {
		tensor->mutable_data(quotient)[i] = tensor->data(call->relevance)[i]
				/ tensor->data(call->output)[i];
	}
	status = call->differentiate(call, quotient, shares);
	tensor->unref(quotient);
	for (int64_t i = 0; i < tensor->count(shares[0]); i++) {
		tensor->mutable_data(shares[0])[i] *= tensor->data(call->inputs[0])[i];
	}
	return status;
}

static void a_function_is_a_rule_too(void)
{
	int calls = 0;
	const cnnviz_rule data = { .struct_size = sizeof(data),
		.kind = CNNVIZ_RULE_EPSILON };
	const cnnviz_rule function = { .struct_size = sizeof(function),
		.kind = CNNVIZ_RULE_CALLBACK,
		.callback = epsilon,
		.context = &calls };
	float expected[IN], found[IN];

	share(&data, expected);
	share(&function, found);
	for (int i = 0; i < IN; i++) {
		CU_ASSERT_DOUBLE_EQUAL((double)found[i], (double)expected[i], 1e-6);
	}
	CU_ASSERT_EQUAL(calls, 1);
}

/** relu(a - b) of 2 and 1 from references of 0, in which a and b each have a part */
static void reveal_cancel_tells_parts_apart(void)
{
	static const int32_t input = CNNVIZ_LAYER_INPUT, logits = CNNVIZ_LAYER_LOGITS;
	static const float difference[] = { 1, -1, -1, 1 }, take[] = { 1, 0 };
	static const float values[] = { 2, 1 }, one = 1;
	const cnnviz_test_layer layers[] = {
		{ "flat", "flatten", 0, 0, NULL, NULL },
		{ "first", "linear", 2, 0, difference, NULL },
		{ "relu", "relu", 0, 0, NULL, NULL },
		{ "logits", "linear", 1, 0, take, NULL },
	};
	const cnnviz_rule rule = { .struct_size = sizeof(rule),
		.kind = CNNVIZ_RULE_REVEAL_CANCEL };
	const int64_t in[] = { 1, 2, 1, 1 }, out[] = { 1, 1 };
	cnnviz_test_network *network = cnnviz_test_network_create(2, 1, 1, layers, 4);
	cnnviz_tensor *inputs = cnnviz_test_tensor(4, in, values);
	cnnviz_tensor *references = cnnviz_test_tensor(4, in, NULL);
	cnnviz_tensor *seed = cnnviz_test_tensor(2, out, &one);
	const cnnviz_tensor *const seeds[] = { seed };
	cnnviz_job job = { .network = network };
	const cnnviz_rules *rules = NULL;
	cnnviz_tensor *found = NULL;
	cnnviz_pass *pass = NULL, *reference = NULL;

	CU_ASSERT_EQUAL_FATAL(compose(&job, &rule, NULL, &rules), CNNVIZ_OK);
	host->rule->forward(&job, rules, inputs, 1, &logits, &pass);
	host->rule->forward(&job, rules, references, 1, &logits, &reference);
	CU_ASSERT_EQUAL(host->rule->backward(&job, pass, NULL, 1, &logits, seeds, 1,
					&input, &found),
			CNNVIZ_ERROR_PLUGIN); /* it needs the reference */
	CU_ASSERT_EQUAL_FATAL(host->rule->backward(&job, pass, reference, 1, &logits,
					      seeds, 1, &input, &found),
			CNNVIZ_OK);
	/* a: (f(2) - f(0) + f(1) - f(-1)) / 2 = 1.5; b: (f(-1) - f(0) + f(1) - f(2)) / 2 */
	CU_ASSERT_DOUBLE_EQUAL((double)host->tensor->data(found)[0] * 2, 1.5, 1e-6);
	CU_ASSERT_DOUBLE_EQUAL((double)host->tensor->data(found)[1] * 1, -0.5, 1e-6);
	host->tensor->unref(found);
	host->pass->unref(reference);
	host->pass->unref(pass);
	host->tensor->unref(seed);
	host->tensor->unref(references);
	host->tensor->unref(inputs);
	cnnviz_test_network_free(network);
}

static void what_makes_no_sense_is_refused(void)
{
	static const struct {
		uint32_t kind;
		double alpha;
		const char *operations;
		cnnviz_status status;
		const char *text;
	} rows[] = {
		{ CNNVIZ_RULE_Z_PLUS, 0, "flatten", CNNVIZ_ERROR_UNSUPPORTED,
				"the rule z_plus acts at conv2d, conv_transpose2d and "
				"linear, but layer flat is a flatten" },
		{ CNNVIZ_RULE_GUIDED, 0, "linear", CNNVIZ_ERROR_UNSUPPORTED,
				"the rule guided acts at activations, but layer logits "
				"is "
				"a linear" },
		{ CNNVIZ_RULE_Z_BOX, 0, "linear", CNNVIZ_ERROR_UNSUPPORTED,
				"the rule z_box acts at layers that take pictures of 3 "
				"channels, but layer logits takes features" },
		{ CNNVIZ_RULE_EPSILON, 0, "linear convolution", CNNVIZ_ERROR_PLUGIN,
				"a composite has a rule for \"convolution\", which is no "
				"operation" },
		{ CNNVIZ_RULE_ALPHA_BETA, 3, "linear", CNNVIZ_ERROR_PLUGIN,
				"a composite has a rule whose alpha and beta are "
				"negative, "
				"or do not differ by 1" },
		{ CNNVIZ_RULE_CALLBACK, 0, "linear", CNNVIZ_ERROR_PLUGIN,
				"a composite has a callback rule without a function" },
		{ CNNVIZ_RULE_CALLBACK + 1, 0, "linear", CNNVIZ_ERROR_PLUGIN,
				"a composite has an entry without a rule, or an unknown "
				"one" },
	};

	for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
		cnnviz_test_network *network = linear_network();
		cnnviz_job job = { .network = network };
		const cnnviz_rules *rules = NULL;
		const cnnviz_rule rule = { .struct_size = sizeof(rule),
			.kind = rows[r].kind,
			.alpha = rows[r].alpha,
			.beta = 1 };

		CU_ASSERT_EQUAL(compose(&job, &rule, rows[r].operations, &rules),
				rows[r].status);
		CU_ASSERT_STRING_EQUAL(job.failure_text, rows[r].text);
		CU_ASSERT_PTR_NULL(rules);
		cnnviz_test_network_free(network);
	}
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "each rule shares by its formula", each_rule_shares_by_its_formula },
		{ "rules of two parts add both", rules_of_two_parts_add_both },
		{ "a function is a rule too", a_function_is_a_rule_too },
		{ "reveal-cancel tells parts apart", reveal_cancel_tells_parts_apart },
		{ "what makes no sense is refused", what_makes_no_sense_is_refused },
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "rules of layers", NULL, NULL, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
