/**
 * \file    evaluate/transfer.c
 * \brief   Carries a source's results from the process that measured it to its parent
 */
#include "evaluate/transfer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

/** Room for why a source could not be measured, which struct error holds */
#define FAILURE_SIZE sizeof(((struct error *)NULL)->text)

/** Items of one type that belong to a source */
struct block {
	void *items;
	size_t count, size;
	bool (*makes_sense)(const void *item); /* NULL: any bytes do */
};

#define BLOCKS_MOST (2 + 5 * ROLE_COUNT)

/** A bool that another process has written may have any byte. */
static bool is_flag(const bool *flag)
{
	unsigned char byte;

	memcpy(&byte, flag, 1);
	return byte <= 1;
}

static bool score_makes_sense(const void *item)
{
	const struct score *score = item;
	const double numbers[] = { score->pointing, score->inside, score->energy,
		score->iou, score->deletion, score->insertion };
	bool sense = is_flag(&score->measured) && is_flag(&score->zero)
			&& is_flag(&score->curves);

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		sense = sense && isfinite(numbers[i]);
	}
	for (size_t i = 0; i < PLAN_MEASURE_COUNT; i++) {
		sense = sense && is_flag(&score->has[i]) && isfinite(score->values[i]);
	}
	return sense;
}

/** All that measuring a source gives; returns their number */
static size_t list_blocks(const struct evaluation *evaluation,
		const struct source *source, struct block blocks[BLOCKS_MOST])
{
	size_t points = evaluation->curve_steps + 1, count = 0;

	blocks[count++] = (struct block){ source->scores, evaluation->target_count,
		sizeof(*source->scores), score_makes_sense };
	for (size_t role = 0; role < ROLE_COUNT; role++) {
		struct tally *tally = (struct tally *)&source->tallies[role];

		blocks[count++] = (struct block){ &tally->maps, 1, sizeof(tally->maps),
			NULL };
		blocks[count++] = (struct block){ tally->levels, MEASURE_LEVELS,
			sizeof(int64_t), NULL };
		blocks[count++] = (struct block){ &tally->curves, 1,
			sizeof(tally->curves), NULL };
		blocks[count++] = (struct block){ tally->deletion, points,
			sizeof(int64_t), NULL };
		blocks[count++] = (struct block){ tally->insertion, points,
			sizeof(int64_t), NULL };
	}
	if (source->similarity != NULL) {
		blocks[count++] = (struct block){ source->similarity,
			evaluation->stage_count, sizeof(*source->similarity), NULL };
	}
	return count;
}

size_t transfer_size(const struct evaluation *evaluation, const struct source *source)
{
	struct block blocks[BLOCKS_MOST];
	size_t count = list_blocks(evaluation, source, blocks), size = FAILURE_SIZE;

	for (size_t i = 0; i < count; i++) {
		size += blocks[i].count * blocks[i].size;
	}
	return size;
}

void transfer_put(const struct evaluation *evaluation, const struct source *source,
		char *memory)
{
	struct block blocks[BLOCKS_MOST];
	size_t count = list_blocks(evaluation, source, blocks);

	snprintf(memory, FAILURE_SIZE, "%s",
			source->failure != NULL ? source->failure : "");
	memory += FAILURE_SIZE;
	for (size_t i = 0; i < count; i++) {
		memcpy(memory, blocks[i].items, blocks[i].count * blocks[i].size);
		memory += blocks[i].count * blocks[i].size;
	}
}

static bool block_makes_sense(const struct block *block)
{
	const char *items = block->items;

	for (size_t i = 0; block->makes_sense != NULL && i < block->count; i++) {
		if (!block->makes_sense(items + i * block->size)) {
			return false;
		}
	}
	return true;
}

void transfer_take(const struct evaluation *evaluation, struct source *source,
		const char *memory)
{
	struct block blocks[BLOCKS_MOST];
	size_t count = list_blocks(evaluation, source, blocks);
	char failure[FAILURE_SIZE];
	bool sense = true;

	memcpy(failure, memory, FAILURE_SIZE);
	failure[FAILURE_SIZE - 1] = '\0';
	memory += FAILURE_SIZE;
	for (size_t i = 0; i < count; i++) {
		memcpy(blocks[i].items, memory, blocks[i].count * blocks[i].size);
		memory += blocks[i].count * blocks[i].size;
		sense = sense && block_makes_sense(&blocks[i]);
	}
	for (size_t i = 0; i < count && !sense; i++) {
		memset(blocks[i].items, 0, blocks[i].count * blocks[i].size);
	}
	if (source->failure == NULL && failure[0] != '\0') {
		source->failure = text_utf8(failure);
	} else if (source->failure == NULL && !sense) {
		source->failure = memory_text("the job's process gave results that are "
					      "no numbers");
	}
}
