/**
 * \file    host/rule_cache.c
 * \brief   Composites that have been applied to a network, kept for later calls
 */
#include "host/rule_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "rules/check.h"

/** Most of one network: their weights may be as large as its own */
#define MOST 4

struct kept_rules {
	struct rule_key key;
	cnnviz_rules *rules;
	struct kept_rules *next;
};

static void append(struct rule_key *key, const void *bytes, size_t size)
{
	key->bytes = memory_resize(key->bytes, key->size + size, 1);
	memcpy(key->bytes + key->size, bytes, size);
	key->size += size;
}

static void append_rule(struct rule_key *key, const cnnviz_rule *rule, int channels)
{
	const uint32_t words[] = { rule->kind, rule->flags, rule->low != NULL };
	const double numbers[] = { rule->epsilon, rule->gamma, rule->alpha, rule->beta };

	append(key, words, sizeof(words));
	append(key, numbers, sizeof(numbers));
	if (rule->low != NULL && rule->high != NULL) {
		append(key, rule->low, (size_t)channels * sizeof(*rule->low));
		append(key, rule->high, (size_t)channels * sizeof(*rule->high));
	}
	append(key, &rule->callback, sizeof(rule->callback));
	append(key, &rule->context, sizeof(rule->context));
}

struct rule_key rule_key_of(const cnnviz_composite *composite, int channels)
{
	struct rule_key key = { 0 };

	append(&key, &composite->flags, sizeof(composite->flags));
	for (uint32_t i = 0; i < composite->entry_count; i++) {
		const cnnviz_rule_entry *entry = rule_entry_at(composite, i);
		const char *operations = entry->operations != NULL ? entry->operations
								   : "*";

		append(&key, &entry->position, sizeof(entry->position));
		append(&key, &entry->layer, sizeof(entry->layer));
		append(&key, operations, strlen(operations) + 1);
		append_rule(&key, entry->rule, channels);
	}
	return key;
}

cnnviz_rules *rule_cache_find(const struct kept_rules *kept, const struct rule_key *key)
{
	while (kept != NULL
			&& (kept->key.size != key->size
					|| memcmp(kept->key.bytes, key->bytes, key->size)
							!= 0)) {
		kept = kept->next;
	}
	return kept != NULL ? kept->rules : NULL;
}

void rule_cache_clear(struct kept_rules **kept)
{
	while (*kept != NULL) {
		struct kept_rules *first = *kept;

		*kept = first->next;
		rules_release(first->rules);
		free(first->key.bytes);
		free(first);
	}
}

void rule_cache_keep(struct kept_rules **kept, struct rule_key *key, cnnviz_rules *rules)
{
	struct kept_rules *made = memory_new(1, sizeof(*made));
	struct kept_rules **place = kept;

	*made = (struct kept_rules){ *key, rules_ref(rules), *kept };
	*kept = made;
	for (size_t i = 0; i < MOST && *place != NULL; i++) {
		place = &(*place)->next;
	}
	rule_cache_clear(place);
}

size_t rule_cache_tensors(const struct kept_rules *kept)
{
	size_t tensors = 0;

	for (; kept != NULL; kept = kept->next) {
		tensors += kept->rules->weights.tensor_count;
	}
	return tensors;
}
