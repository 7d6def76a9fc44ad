/**
 * \file    host/rule_cache.h
 * \brief   Composites that have been applied to a network, kept for later calls
 */
#ifndef HOST_RULE_CACHE_H
#define HOST_RULE_CACHE_H

#include "rules/composite.h"

/** Applied composites of one network, the latest first */
struct kept_rules;

/** What a composite is, in bytes: equal for equal composites */
struct rule_key {
	char *bytes;
	size_t size;
};

struct rule_key rule_key_of(const cnnviz_composite *composite, int channels);

/** Those of an equal composite, borrowed; or NULL */
cnnviz_rules *rule_cache_find(const struct kept_rules *kept, const struct rule_key *key);

/** Keep some, by reference; takes the key. Of many, the oldest are released. */
void rule_cache_keep(struct kept_rules **kept, struct rule_key *key, cnnviz_rules *rules);

/** Release all. */
void rule_cache_clear(struct kept_rules **kept);

/** Number of tensors that they hold */
size_t rule_cache_tensors(const struct kept_rules *kept);

#endif
