/**
 * \file    host/artifact_curve.c
 * \brief   Writes curves: a drawing, and the values as an array
 */
#include "host/artifact_curve.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/tensor.h"
#include "host/artifact_files.h"
#include "host/job.h"
#include "image/plot.h"

/** Panel of values (steps) or (steps,lines) */
static struct plot_panel make_panel(const cnnviz_tensor *values,
		const struct record_curve *curve)
{
	const float *data = tensor_data(values);
	struct plot_panel panel = {
		.title = curve->axis,
		.scale = PLOT_VALUES,
		.across = "step",
		.points = (size_t)tensor_shape(values)[0],
	};

	for (size_t k = 0; k < curve->line_count; k++) {
		struct plot_line *line = plot_add_line(&panel, curve->lines[k], false);

		for (size_t i = 0; i < panel.points; i++) {
			line->values[i] = data[i * curve->line_count + k];
		}
	}
	return panel;
}

/** Draw NAME.svg, and set its path in the artifact. */
static cnnviz_status write_plot(struct cnnviz_job *job, struct record_artifact *artifact,
		const struct plot *plot)
{
	struct writer *writer = NULL;
	struct sink *sink = job->session->sink;

	artifact->path = artifact_path(sink->plan, artifact, "svg");
	cnnviz_status status = sink->operations->open(sink, artifact->path, &writer,
			&job->fault->error);

	if (status == CNNVIZ_OK) {
		plot_write(writer->stream, plot);
		status = writer_commit(writer, &job->fault->error);
	}
	return status;
}

static cnnviz_status write_curve(struct cnnviz_job *job, struct record_artifact artifact,
		const cnnviz_tensor *values)
{
	struct plot_panel panel = make_panel(values, artifact.curve);
	char *label = memory_format("%s: %s at each step", artifact.name,
			artifact.curve->axis);
	const struct plot plot = plot_of_steps(label, &panel);

	plot_size(&plot, &artifact.width, &artifact.height);
	artifact.rank = tensor_rank(values);
	memcpy(artifact.shape, tensor_shape(values),
			artifact.rank * sizeof(*artifact.shape));
	cnnviz_status status = artifact_put_array(job->session, &artifact, values,
			&artifact.array, &job->fault->error);
	if (status == CNNVIZ_OK && job->session->plan->format != PLAN_FORMAT_NONE) {
		status = write_plot(job, &artifact, &plot);
	}
	if (status == CNNVIZ_OK) {
		record_add(job->session->record, &artifact);
	} else {
		record_curve_free(artifact.curve);
	}
	plot_free_lines(&panel, 1);
	free(label);
	free(artifact.path);
	free(artifact.array);
	return status;
}

cnnviz_status curve_keep(struct cnnviz_job *job, struct record_artifact artifact,
		const cnnviz_tensor *values, const char *const *lines, const char *axis)
{
	if (values == NULL || tensor_rank(values) < 1 || tensor_rank(values) > 2
			|| axis == NULL) {
		return job_misuse(job,
				"the curve \"%s\" is not (steps) or (steps,lines), or "
				"has no axis",
				artifact.name);
	}
	if (!tensor_is_finite(values)) {
		return job_misuse(job, "the curve \"%s\" has a value that is not finite",
				artifact.name);
	}
	size_t count = tensor_rank(values) == 2 ? (size_t)tensor_shape(values)[1] : 1;
	char **names = memory_new(count, sizeof(*names));

	for (size_t i = 0; i < count; i++) {
		names[i] = lines != NULL && lines[i] != NULL ? memory_text(lines[i])
				: count == 1                 ? memory_text(axis)
							     : memory_format("%zu", i);
	}
	artifact.kind = RECORD_CURVE;
	artifact.curve = memory_new(1, sizeof(*artifact.curve));
	artifact.curve->axis = memory_text(axis);
	artifact.curve->lines = names;
	artifact.curve->line_count = count;
	return write_curve(job, artifact, values);
}
