/**
 * \file    abi/layout.c
 * \brief   The layout of every public struct on x86-64, as plugins were built for it
 *
 * An offset here never changes within a major version. A minor version appends
 * members: it adds their lines and raises the size, and changes nothing else.
 */
#include <stdio.h>

#include <cnnviz/library.h>

#if defined(__x86_64__) && defined(__LP64__)

#define AT(type, member, offset) \
	_Static_assert(offsetof(type, member) == (offset), #type "." #member " moved")
#define SIZE(type, size) _Static_assert(sizeof(type) == (size), #type " has another size")

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
AT(cnnviz_model_api, layer_inputs, 56);
AT(cnnviz_model_api, layer_setting, 64);
AT(cnnviz_model_api, layer_weight, 72);
AT(cnnviz_model_api, layer_offset, 80);
AT(cnnviz_model_api, side_layers, 88);
AT(cnnviz_model_api, class_count, 96);
AT(cnnviz_model_api, class_name, 104);
AT(cnnviz_model_api, normalization, 112);
AT(cnnviz_model_api, batch, 120);
AT(cnnviz_model_api, perturbed, 128);
AT(cnnviz_model_api, open, 136);
AT(cnnviz_model_api, use, 144);
AT(cnnviz_model_api, unref, 152);
AT(cnnviz_model_api, attention_shape, 160);
AT(cnnviz_model_api, attention_grid, 168);
SIZE(cnnviz_model_api, 176);

AT(cnnviz_pass_api, struct_size, 0);
AT(cnnviz_pass_api, forward, 8);
AT(cnnviz_pass_api, forward_from, 16);
AT(cnnviz_pass_api, activation, 24);
AT(cnnviz_pass_api, backward, 32);
AT(cnnviz_pass_api, unref, 40);
AT(cnnviz_pass_api, logit_gradient, 48);
AT(cnnviz_pass_api, forward_only, 56);
AT(cnnviz_pass_api, hessian_product, 64);
AT(cnnviz_pass_api, attention, 72);
AT(cnnviz_pass_api, attention_gradients, 80);
SIZE(cnnviz_pass_api, 88);

AT(cnnviz_objective_api, struct_size, 0);
AT(cnnviz_objective_api, logit, 8);
AT(cnnviz_objective_api, probability, 16);
AT(cnnviz_objective_api, log_probability, 24);
AT(cnnviz_objective_api, batch_logit, 32);
AT(cnnviz_objective_api, batch_probability, 40);
AT(cnnviz_objective_api, channel_mean, 48);
AT(cnnviz_objective_api, channel_means, 56);
AT(cnnviz_objective_api, half_squared_norm, 64);
AT(cnnviz_objective_api, probabilities, 72);
AT(cnnviz_objective_api, similarity, 80);
SIZE(cnnviz_objective_api, 88);

AT(cnnviz_attribution_api, struct_size, 0);
AT(cnnviz_attribution_api, run, 8);
SIZE(cnnviz_attribution_api, 16);

AT(cnnviz_image_api, struct_size, 0);
AT(cnnviz_image_api, resize, 8);
AT(cnnviz_image_api, blur, 16);
AT(cnnviz_image_api, denormalize, 24);
AT(cnnviz_image_api, normalize, 32);
AT(cnnviz_image_api, read, 40);
AT(cnnviz_image_api, original, 48);
AT(cnnviz_image_api, class_color, 56);
AT(cnnviz_image_api, restore, 64);
AT(cnnviz_image_api, read_inputs, 72);
SIZE(cnnviz_image_api, 80);

AT(cnnviz_random_api, struct_size, 0);
AT(cnnviz_random_api, create, 8);
AT(cnnviz_random_api, unref, 16);
AT(cnnviz_random_api, uniform, 24);
AT(cnnviz_random_api, normal, 32);
SIZE(cnnviz_random_api, 40);

AT(cnnviz_artifact_api, struct_size, 0);
AT(cnnviz_artifact_api, image, 8);
AT(cnnviz_artifact_api, array, 16);
AT(cnnviz_artifact_api, scalar, 24);
AT(cnnviz_artifact_api, frame, 32);
AT(cnnviz_artifact_api, curve, 40);
AT(cnnviz_artifact_api, labels, 48);
AT(cnnviz_artifact_api, read_back, 56);
AT(cnnviz_artifact_api, map_scalar, 64);
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
AT(cnnviz_host, optimize, 88);
AT(cnnviz_host, fail, 96);
AT(cnnviz_host, warn, 104);
AT(cnnviz_host, log, 112);
AT(cnnviz_host, progress, 120);
AT(cnnviz_host, canceled, 128);
AT(cnnviz_host, job_data, 136);
AT(cnnviz_host, rule, 144);
SIZE(cnnviz_host, 152);

AT(cnnviz_parameter, name, 0);
AT(cnnviz_parameter, type, 8);
AT(cnnviz_parameter, flags, 12);
AT(cnnviz_parameter, default_value, 16);
AT(cnnviz_parameter, minimum, 24);
AT(cnnviz_parameter, maximum, 32);
AT(cnnviz_parameter, choices, 40);
AT(cnnviz_parameter, layer, 48);
AT(cnnviz_parameter, unit, 56);
AT(cnnviz_parameter, summary, 64);
SIZE(cnnviz_parameter, 72);

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
AT(cnnviz_technique, asks, 120);
AT(cnnviz_technique, reserved, 124);
AT(cnnviz_technique, family, 128);
AT(cnnviz_technique, create, 136);
AT(cnnviz_technique, destroy, 144);
AT(cnnviz_technique, prepare, 152);
AT(cnnviz_technique, prepared, 160);
SIZE(cnnviz_technique, 168);

AT(cnnviz_optimization, struct_size, 0);
AT(cnnviz_optimization, count, 4);
AT(cnnviz_optimization, height, 8);
AT(cnnviz_optimization, width, 16);
AT(cnnviz_optimization, start, 24);
AT(cnnviz_optimization, start_color, 28);
AT(cnnviz_optimization, start_low, 32);
AT(cnnviz_optimization, start_high, 40);
AT(cnnviz_optimization, start_images, 48);
AT(cnnviz_optimization, streams, 56);
AT(cnnviz_optimization, objective, 64);
AT(cnnviz_optimization, observer, 72);
AT(cnnviz_optimization, context, 80);
AT(cnnviz_optimization, captures, 88);
AT(cnnviz_optimization, capture_count, 96);
AT(cnnviz_optimization, maximize, 100);
AT(cnnviz_optimization, space, 104);
AT(cnnviz_optimization, decorrelate, 108);
AT(cnnviz_optimization, optimizer, 112);
AT(cnnviz_optimization, iterations, 116);
AT(cnnviz_optimization, learning_rate, 120);
AT(cnnviz_optimization, momentum, 128);
AT(cnnviz_optimization, weight_decay, 136);
AT(cnnviz_optimization, rate_factor, 144);
AT(cnnviz_optimization, rate_every, 152);
AT(cnnviz_optimization, quantize, 156);
AT(cnnviz_optimization, clip, 160);
AT(cnnviz_optimization, reserved, 164);
AT(cnnviz_optimization, l1, 168);
AT(cnnviz_optimization, l2, 176);
AT(cnnviz_optimization, norm, 184);
AT(cnnviz_optimization, norm_exponent, 192);
AT(cnnviz_optimization, variation, 200);
AT(cnnviz_optimization, variation_exponent, 208);
AT(cnnviz_optimization, blur_every, 216);
AT(cnnviz_optimization, clip_every, 220);
AT(cnnviz_optimization, blur_first, 224);
AT(cnnviz_optimization, blur_last, 232);
AT(cnnviz_optimization, clip_fraction, 240);
AT(cnnviz_optimization, pad, 248);
AT(cnnviz_optimization, jitter, 252);
AT(cnnviz_optimization, jitter_last, 256);
AT(cnnviz_optimization, reserved_transform, 260);
AT(cnnviz_optimization, scale_low, 264);
AT(cnnviz_optimization, scale_high, 272);
AT(cnnviz_optimization, rotate, 280);
AT(cnnviz_optimization, tile, 288);
AT(cnnviz_optimization, bound_linf, 296);
AT(cnnviz_optimization, bound_l2, 304);
AT(cnnviz_optimization, patience, 312);
AT(cnnviz_optimization, spare_dead, 316);
AT(cnnviz_optimization, tolerance, 320);
AT(cnnviz_optimization, item_names, 328);
AT(cnnviz_optimization, run_name, 336);
AT(cnnviz_optimization, snapshot_name, 344);
AT(cnnviz_optimization, animation_name, 352);
AT(cnnviz_optimization, frame_height, 360);
AT(cnnviz_optimization, frame_width, 368);
AT(cnnviz_optimization, curve_name, 376);
AT(cnnviz_optimization, snapshots, 384);
AT(cnnviz_optimization, animation, 388);
AT(cnnviz_optimization, transformations, 392);
AT(cnnviz_optimization, transformation_count, 400);
AT(cnnviz_optimization, reserved_last, 404);
SIZE(cnnviz_optimization, 408);

AT(cnnviz_optimize_draw, struct_size, 0);
AT(cnnviz_optimize_draw, item, 4);
AT(cnnviz_optimize_draw, step, 8);
AT(cnnviz_optimize_draw, reserved, 12);
AT(cnnviz_optimize_draw, numbers, 16);
SIZE(cnnviz_optimize_draw, 24);

AT(cnnviz_transformation, struct_size, 0);
AT(cnnviz_transformation, number_count, 4);
AT(cnnviz_transformation, name, 8);
AT(cnnviz_transformation, context, 16);
AT(cnnviz_transformation, apply, 24);
AT(cnnviz_transformation, pull_back, 32);
SIZE(cnnviz_transformation, 40);

AT(cnnviz_optimized, struct_size, 0);
AT(cnnviz_optimized, steps, 4);
AT(cnnviz_optimized, image, 8);
AT(cnnviz_optimized, input, 16);
AT(cnnviz_optimized, values, 24);
AT(cnnviz_optimized, started, 32);
SIZE(cnnviz_optimized, 40);

AT(cnnviz_optimize_api, struct_size, 0);
AT(cnnviz_optimize_api, defaults, 8);
AT(cnnviz_optimize_api, configure, 16);
AT(cnnviz_optimize_api, run, 24);
SIZE(cnnviz_optimize_api, 32);

AT(cnnviz_rule_call, struct_size, 0);
AT(cnnviz_rule_call, layer, 4);
AT(cnnviz_rule_call, input_count, 8);
AT(cnnviz_rule_call, reserved, 12);
AT(cnnviz_rule_call, inputs, 16);
AT(cnnviz_rule_call, output, 24);
AT(cnnviz_rule_call, relevance, 32);
AT(cnnviz_rule_call, weight, 40);
AT(cnnviz_rule_call, bias, 48);
AT(cnnviz_rule_call, differentiate, 56);
AT(cnnviz_rule_call, host_data, 64);
SIZE(cnnviz_rule_call, 72);

AT(cnnviz_rule, struct_size, 0);
AT(cnnviz_rule, kind, 4);
AT(cnnviz_rule, flags, 8);
AT(cnnviz_rule, reserved, 12);
AT(cnnviz_rule, epsilon, 16);
AT(cnnviz_rule, gamma, 24);
AT(cnnviz_rule, alpha, 32);
AT(cnnviz_rule, beta, 40);
AT(cnnviz_rule, low, 48);
AT(cnnviz_rule, high, 56);
AT(cnnviz_rule, callback, 64);
AT(cnnviz_rule, context, 72);
SIZE(cnnviz_rule, 80);

AT(cnnviz_rule_entry, struct_size, 0);
AT(cnnviz_rule_entry, position, 4);
AT(cnnviz_rule_entry, operations, 8);
AT(cnnviz_rule_entry, layer, 16);
AT(cnnviz_rule_entry, reserved, 20);
AT(cnnviz_rule_entry, rule, 24);
SIZE(cnnviz_rule_entry, 32);

AT(cnnviz_composite, struct_size, 0);
AT(cnnviz_composite, flags, 4);
AT(cnnviz_composite, entry_count, 8);
AT(cnnviz_composite, reserved, 12);
AT(cnnviz_composite, entries, 16);
SIZE(cnnviz_composite, 24);

AT(cnnviz_rule_api, struct_size, 0);
AT(cnnviz_rule_api, compose, 8);
AT(cnnviz_rule_api, forward, 16);
AT(cnnviz_rule_api, backward, 24);
SIZE(cnnviz_rule_api, 32);

/* Of the library */

AT(cnnviz_plan_options, struct_size, 0);
AT(cnnviz_plan_options, flags, 4);
AT(cnnviz_plan_options, name, 8);
AT(cnnviz_plan_options, folder, 16);
AT(cnnviz_plan_options, overrides, 24);
AT(cnnviz_plan_options, only, 32);
AT(cnnviz_plan_options, shard, 40);
AT(cnnviz_plan_options, output, 48);
AT(cnnviz_plan_options, plugin_folders, 56);
AT(cnnviz_plan_options, message, 64);
AT(cnnviz_plan_options, context, 72);
AT(cnnviz_plan_options, level, 80);
SIZE(cnnviz_plan_options, 88);

AT(cnnviz_picture, struct_size, 0);
AT(cnnviz_picture, channels, 4);
AT(cnnviz_picture, name, 8);
AT(cnnviz_picture, target, 16);
AT(cnnviz_picture, bytes, 24);
AT(cnnviz_picture, size, 32);
AT(cnnviz_picture, pixels, 40);
AT(cnnviz_picture, width, 48);
AT(cnnviz_picture, height, 56);
SIZE(cnnviz_picture, 64);

AT(cnnviz_class, index, 0);
AT(cnnviz_class, name, 8);
AT(cnnviz_class, probability, 16);
AT(cnnviz_class, logit, 24);
AT(cnnviz_class, area, 32);
AT(cnnviz_class, box, 40);
SIZE(cnnviz_class, 72);

AT(cnnviz_picture_result, struct_size, 0);
AT(cnnviz_picture_result, class_count, 4);
AT(cnnviz_picture_result, index, 8);
AT(cnnviz_picture_result, name, 16);
AT(cnnviz_picture_result, failure, 24);
AT(cnnviz_picture_result, classes, 32);
AT(cnnviz_picture_result, target, 40);
AT(cnnviz_picture_result, view, 112);
AT(cnnviz_picture_result, width, 120);
AT(cnnviz_picture_result, height, 128);
AT(cnnviz_picture_result, channels, 136);
SIZE(cnnviz_picture_result, 144);

AT(cnnviz_scalar, name, 0);
AT(cnnviz_scalar, value, 8);
SIZE(cnnviz_scalar, 16);

AT(cnnviz_result, struct_size, 0);
AT(cnnviz_result, kind, 4);
AT(cnnviz_result, job, 8);
AT(cnnviz_result, technique, 16);
AT(cnnviz_result, picture, 24);
AT(cnnviz_result, index, 32);
AT(cnnviz_result, name, 40);
AT(cnnviz_result, target, 48);
AT(cnnviz_result, target_name, 56);
AT(cnnviz_result, data, 64);
AT(cnnviz_result, size, 72);
AT(cnnviz_result, values, 80);
AT(cnnviz_result, rank, 88);
AT(cnnviz_result, scalar_count, 92);
AT(cnnviz_result, values_shape, 96);
AT(cnnviz_result, shape, 160);
AT(cnnviz_result, value, 192);
AT(cnnviz_result, scalars, 200);
AT(cnnviz_result, axis, 208);
AT(cnnviz_result, lines, 216);
AT(cnnviz_result, line_count, 224);
SIZE(cnnviz_result, 232);

AT(cnnviz_failure, struct_size, 0);
AT(cnnviz_failure, job, 8);
AT(cnnviz_failure, technique, 16);
AT(cnnviz_failure, picture, 24);
AT(cnnviz_failure, index, 32);
AT(cnnviz_failure, text, 40);
SIZE(cnnviz_failure, 48);

AT(cnnviz_run, struct_size, 0);
AT(cnnviz_run, picture_count, 4);
AT(cnnviz_run, pictures, 8);
AT(cnnviz_run, context, 16);
AT(cnnviz_run, picture, 24);
AT(cnnviz_run, artifact, 32);
AT(cnnviz_run, failure, 40);
AT(cnnviz_run, progress, 48);
SIZE(cnnviz_run, 56);

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
