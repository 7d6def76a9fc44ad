/**
 * \file    abi/layout.c
 * \brief   The layout of every public struct on x86-64, as plugins were built for it
 *
 * An offset here never changes within a major version. A minor version appends
 * members: it adds their lines and raises the size, and changes nothing else.
 */
#include <stdio.h>

#include <cnnviz/cnnviz.h>

#if defined(__x86_64__) && defined(__LP64__)

#define AT(type, member, offset) \
	_Static_assert(offsetof(type, member) == (offset), #type "." #member " moved")
#define SIZE(type, size) \
	_Static_assert(sizeof(type) == (size), #type " has another size")

_Static_assert(CNNVIZ_ABI_MAJOR == 1, "a new major needs a new record");
SIZE(cnnviz_status, 4);
_Static_assert(CNNVIZ_MAX_RANK == 8, "plugins hold arrays of this length");

AT(cnnviz_tensor_api, struct_size, 0);
AT(cnnviz_tensor_api, create, 8);
AT(cnnviz_tensor_api, ref, 16);
AT(cnnviz_tensor_api, unref, 24);
AT(cnnviz_tensor_api, rank, 32);
AT(cnnviz_tensor_api, shape, 40);
AT(cnnviz_tensor_api, count, 48);
AT(cnnviz_tensor_api, data, 56);
AT(cnnviz_tensor_api, mutable_data, 64);
SIZE(cnnviz_tensor_api, 72);

AT(cnnviz_batch, struct_size, 0);
AT(cnnviz_batch, count, 4);
AT(cnnviz_batch, inputs, 8);
AT(cnnviz_batch, targets, 16);
AT(cnnviz_batch, streams, 24);
SIZE(cnnviz_batch, 32);

AT(cnnviz_parameter_api, struct_size, 0);
AT(cnnviz_parameter_api, is_set, 8);
AT(cnnviz_parameter_api, boolean, 16);
AT(cnnviz_parameter_api, integer, 24);
AT(cnnviz_parameter_api, real, 32);
AT(cnnviz_parameter_api, text, 40);
AT(cnnviz_parameter_api, list_count, 48);
AT(cnnviz_parameter_api, list_integer, 56);
AT(cnnviz_parameter_api, list_real, 64);
AT(cnnviz_parameter_api, list_text, 72);
SIZE(cnnviz_parameter_api, 80);

AT(cnnviz_model_api, struct_size, 0);
AT(cnnviz_model_api, name, 8);
AT(cnnviz_model_api, find_layer, 16);
AT(cnnviz_model_api, layer_count, 24);
AT(cnnviz_model_api, layer_name, 32);
AT(cnnviz_model_api, layer_operation, 40);
AT(cnnviz_model_api, layer_shape, 48);
AT(cnnviz_model_api, class_count, 56);
AT(cnnviz_model_api, class_name, 64);
AT(cnnviz_model_api, normalisation, 72);
SIZE(cnnviz_model_api, 80);

AT(cnnviz_pass_api, struct_size, 0);
AT(cnnviz_pass_api, forward, 8);
AT(cnnviz_pass_api, activation, 16);
AT(cnnviz_pass_api, backward, 24);
AT(cnnviz_pass_api, unref, 32);
AT(cnnviz_pass_api, logit_gradient, 40);
SIZE(cnnviz_pass_api, 48);

AT(cnnviz_objective_api, struct_size, 0);
AT(cnnviz_objective_api, logit, 8);
AT(cnnviz_objective_api, probability, 16);
AT(cnnviz_objective_api, channel_mean, 24);
AT(cnnviz_objective_api, half_squared_norm, 32);
AT(cnnviz_objective_api, log_probability, 40);
AT(cnnviz_objective_api, batch_logit, 48);
SIZE(cnnviz_objective_api, 56);

AT(cnnviz_attribution_api, struct_size, 0);
AT(cnnviz_attribution_api, run, 8);
SIZE(cnnviz_attribution_api, 16);

AT(cnnviz_image_api, struct_size, 0);
AT(cnnviz_image_api, resize, 8);
AT(cnnviz_image_api, denormalise, 16);
AT(cnnviz_image_api, normalise, 24);
AT(cnnviz_image_api, read, 32);
AT(cnnviz_image_api, original, 40);
AT(cnnviz_image_api, class_color, 48);
AT(cnnviz_image_api, restore, 56);
SIZE(cnnviz_image_api, 64);

AT(cnnviz_random_api, struct_size, 0);
AT(cnnviz_random_api, create, 8);
AT(cnnviz_random_api, unref, 16);
AT(cnnviz_random_api, uniform, 24);
AT(cnnviz_random_api, normal, 32);
SIZE(cnnviz_random_api, 40);

AT(cnnviz_artifact_api, struct_size, 0);
AT(cnnviz_artifact_api, image, 8);
AT(cnnviz_artifact_api, array, 16);
AT(cnnviz_artifact_api, figure, 24);
AT(cnnviz_artifact_api, frame, 32);
AT(cnnviz_artifact_api, curve, 40);
AT(cnnviz_artifact_api, labels, 48);
AT(cnnviz_artifact_api, read_back, 56);
AT(cnnviz_artifact_api, map_figure, 64);
SIZE(cnnviz_artifact_api, 72);

AT(cnnviz_host, abi_major, 0);
AT(cnnviz_host, abi_minor, 4);
AT(cnnviz_host, struct_size, 8);
AT(cnnviz_host, reserved, 12);
AT(cnnviz_host, tensor, 16);
AT(cnnviz_host, parameter, 24);
AT(cnnviz_host, model, 32);
AT(cnnviz_host, pass, 40);
AT(cnnviz_host, objective, 48);
AT(cnnviz_host, attribution, 56);
AT(cnnviz_host, image, 64);
AT(cnnviz_host, random, 72);
AT(cnnviz_host, artifact, 80);
AT(cnnviz_host, fail, 88);
AT(cnnviz_host, warn, 96);
AT(cnnviz_host, log, 104);
AT(cnnviz_host, progress, 112);
AT(cnnviz_host, cancelled, 120);
AT(cnnviz_host, optimise, 128);
SIZE(cnnviz_host, 136);

AT(cnnviz_parameter, name, 0);
AT(cnnviz_parameter, type, 8);
AT(cnnviz_parameter, flags, 12);
AT(cnnviz_parameter, default_value, 16);
AT(cnnviz_parameter, minimum, 24);
AT(cnnviz_parameter, maximum, 32);
AT(cnnviz_parameter, choices, 40);
AT(cnnviz_parameter, unit, 48);
AT(cnnviz_parameter, summary, 56);
SIZE(cnnviz_parameter, 64);

AT(cnnviz_artifact, name, 0);
AT(cnnviz_artifact, type, 8);
AT(cnnviz_artifact, reserved, 12);
AT(cnnviz_artifact, summary, 16);
SIZE(cnnviz_artifact, 24);

AT(cnnviz_technique, abi_major, 0);
AT(cnnviz_technique, abi_minor, 4);
AT(cnnviz_technique, struct_size, 8);
AT(cnnviz_technique, kind, 12);
AT(cnnviz_technique, name, 16);
AT(cnnviz_technique, version, 24);
AT(cnnviz_technique, summary, 32);
AT(cnnviz_technique, description, 40);
AT(cnnviz_technique, reference, 48);
AT(cnnviz_technique, parameters, 56);
AT(cnnviz_technique, parameter_count, 64);
AT(cnnviz_technique, parameter_size, 68);
AT(cnnviz_technique, artifacts, 72);
AT(cnnviz_technique, artifact_count, 80);
AT(cnnviz_technique, artifact_size, 84);
AT(cnnviz_technique, map_style, 88);
AT(cnnviz_technique, run_mode, 92);
AT(cnnviz_technique, attribute, 96);
AT(cnnviz_technique, run, 104);
AT(cnnviz_technique, check, 112);
SIZE(cnnviz_technique, 120);

AT(cnnviz_optimisation, struct_size, 0);
AT(cnnviz_optimisation, count, 4);
AT(cnnviz_optimisation, height, 8);
AT(cnnviz_optimisation, width, 16);
AT(cnnviz_optimisation, start, 24);
AT(cnnviz_optimisation, start_color, 28);
AT(cnnviz_optimisation, start_low, 32);
AT(cnnviz_optimisation, start_high, 40);
AT(cnnviz_optimisation, start_images, 48);
AT(cnnviz_optimisation, streams, 56);
AT(cnnviz_optimisation, objective, 64);
AT(cnnviz_optimisation, observer, 72);
AT(cnnviz_optimisation, context, 80);
AT(cnnviz_optimisation, captures, 88);
AT(cnnviz_optimisation, capture_count, 96);
AT(cnnviz_optimisation, maximise, 100);
AT(cnnviz_optimisation, space, 104);
AT(cnnviz_optimisation, decorrelate, 108);
AT(cnnviz_optimisation, optimiser, 112);
AT(cnnviz_optimisation, iterations, 116);
AT(cnnviz_optimisation, learning_rate, 120);
AT(cnnviz_optimisation, momentum, 128);
AT(cnnviz_optimisation, weight_decay, 136);
AT(cnnviz_optimisation, rate_factor, 144);
AT(cnnviz_optimisation, rate_every, 152);
AT(cnnviz_optimisation, quantise, 156);
AT(cnnviz_optimisation, clip, 160);
AT(cnnviz_optimisation, reserved, 164);
AT(cnnviz_optimisation, l1, 168);
AT(cnnviz_optimisation, l2, 176);
AT(cnnviz_optimisation, norm, 184);
AT(cnnviz_optimisation, norm_exponent, 192);
AT(cnnviz_optimisation, variation, 200);
AT(cnnviz_optimisation, variation_exponent, 208);
AT(cnnviz_optimisation, blur_every, 216);
AT(cnnviz_optimisation, clip_every, 220);
AT(cnnviz_optimisation, blur_first, 224);
AT(cnnviz_optimisation, blur_last, 232);
AT(cnnviz_optimisation, clip_fraction, 240);
AT(cnnviz_optimisation, pad, 248);
AT(cnnviz_optimisation, jitter, 252);
AT(cnnviz_optimisation, jitter_last, 256);
AT(cnnviz_optimisation, reserved_transform, 260);
AT(cnnviz_optimisation, scale_low, 264);
AT(cnnviz_optimisation, scale_high, 272);
AT(cnnviz_optimisation, rotate, 280);
AT(cnnviz_optimisation, tile, 288);
AT(cnnviz_optimisation, bound_linf, 296);
AT(cnnviz_optimisation, bound_l2, 304);
AT(cnnviz_optimisation, patience, 312);
AT(cnnviz_optimisation, spare_dead, 316);
AT(cnnviz_optimisation, tolerance, 320);
AT(cnnviz_optimisation, item_names, 328);
AT(cnnviz_optimisation, snapshot_name, 336);
AT(cnnviz_optimisation, animation_name, 344);
AT(cnnviz_optimisation, curve_name, 352);
AT(cnnviz_optimisation, snapshots, 360);
AT(cnnviz_optimisation, animation, 364);
SIZE(cnnviz_optimisation, 368);

AT(cnnviz_optimised, struct_size, 0);
AT(cnnviz_optimised, steps, 4);
AT(cnnviz_optimised, image, 8);
AT(cnnviz_optimised, input, 16);
AT(cnnviz_optimised, values, 24);
SIZE(cnnviz_optimised, 32);

AT(cnnviz_optimise_api, struct_size, 0);
AT(cnnviz_optimise_api, defaults, 8);
AT(cnnviz_optimise_api, configure, 16);
AT(cnnviz_optimise_api, run, 24);
SIZE(cnnviz_optimise_api, 32);

int main(void)
{
	puts("every struct has its recorded layout");
	return 0;
}

#else

int main(void)
{
	puts("SKIP: the recorded layout is that of x86-64");
	return 77;
}

#endif
