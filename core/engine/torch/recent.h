/**
 * \file    engine/torch/recent.h
 * \brief   Which weights of linear layers stay in memory
 */
#ifndef TORCH_RECENT_H
#define TORCH_RECENT_H

#include <cstdint>
#include <deque>

namespace torch_engine
{

struct Layer;

/**
 * Parts of weights that were read last. They lie in a mapped file, so those read longest ago
 * can leave memory and be read again: with as much in memory as MOST, a pass that goes forward
 * and back finds there what it turns around in.
 */
class Recent
{
      public:
	/** Note that a part was read: values of a layer's GRAPH_WEIGHT. */
	void add(const Layer &layer, int64_t first, int64_t count);

      private:
	static constexpr int64_t MOST = int64_t(24) << 20; /* values, 96 MiB */

	struct Part {
		const Layer *layer;
		int64_t first, count;
	};

	std::deque<Part> parts; /* the oldest first */
	int64_t kept = 0;       /* values in all parts */
};

} // namespace torch_engine

#endif
