/**
 * \file    engine/torch/recent.cc
 * \brief   Which weights of linear layers stay in memory
 */
#include "engine/torch/recent.h"

#include <algorithm>

#include "engine/torch/operation.h"

namespace torch_engine
{

void Recent::add(const Layer &layer, int64_t first, int64_t count)
{
	auto same = std::find_if(parts.begin(), parts.end(), [&](const Part &part) {
		return part.layer == &layer && part.first == first;
	});

	if (same != parts.end()) {
		kept -= same->count;
		parts.erase(same);
	}
	parts.push_back({ &layer, first, count });
	kept += count;
	while (kept > MOST) {
		const Part &oldest = parts.front();

		oldest.layer->spare(GRAPH_WEIGHT, oldest.first, oldest.count);
		kept -= oldest.count;
		parts.pop_front();
	}
}

} // namespace torch_engine
