/**
 * \file    engine/torch/rules.h
 * \brief   Backward rules of nodes: how relevance is shared among inputs
 */
#ifndef TORCH_RULES_H
#define TORCH_RULES_H

#include "engine/torch/pass.h"

namespace torch_engine
{

/** Whether nothing but its rule says what becomes of a node's relevance */
inline bool has_rule(const struct engine_rules *rules, size_t index)
{
	return rules != nullptr && rules->rules[index].kind > ENGINE_RULE_OWN;
}

/**
 * \brief   The shares of the inputs of the node that a rule goes through
 *
 * \param   wanted  Flags of those that are needed
 *
 * \return  One for each of the flags, undefined where it is not needed
 */
std::vector<Tensor> apply_rule(engine_pass &pass, const struct engine_rules &rules,
		size_t index, const Tensor &relevance, const std::vector<char> &wanted);

} // namespace torch_engine

#endif
