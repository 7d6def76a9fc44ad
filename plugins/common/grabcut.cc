/**
 * \file    common/grabcut.cc
 * \brief   OpenCV's GrabCut, started from seeds alone
 */
#include "common/grabcut.h"

#include <cstdio>
#include <exception>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace
{

// OpenCV's mixtures: for each of five Gaussians a weight, then the means, then the
// covariances, as one row of doubles.
const int COMPONENTS = 5;

// Squared gray levels. A color that no seed has must keep a density above 0 in both
// mixtures, or its cost is infinite on both sides of the cut; the largest distance in
// RGB is 442, and exp(-442^2 / 2 / 150) is just representable as a double.
const double MIN_VARIANCE = 150;

void widen(cv::Mat &model)
{
	double *values = model.ptr<double>(0);
	double *covariances = values + COMPONENTS * 4;

	for (int i = 0; i < COMPONENTS; i++) {
		for (int k = 0; k < 3; k++) {
			covariances[9 * i + 4 * k] += MIN_VARIANCE;
		}
	}
}

// Both mixtures from the seeds' colors, as of a picture that has no other pixels.
// cv::grabCut itself would count every pixel that is no seed as background.
void fit_seeds(const cv::Mat &picture, const unsigned char *seeds, cv::Mat &background,
		cv::Mat &object)
{
	std::vector<cv::Vec3b> colors;
	std::vector<unsigned char> kinds;

	for (int i = 0; i < picture.rows * picture.cols; i++) {
		if (seeds[i] != GRABCUT_UNKNOWN) {
			colors.push_back(picture.at<cv::Vec3b>(i / picture.cols,
					i % picture.cols));
			kinds.push_back(seeds[i] == GRABCUT_OBJECT ? cv::GC_FGD
								   : cv::GC_BGD);
		}
	}
	cv::Mat line(1, static_cast<int>(colors.size()), CV_8UC3, colors.data());
	cv::Mat mask(1, static_cast<int>(kinds.size()), CV_8UC1, kinds.data());
	cv::grabCut(line, mask, cv::Rect(), background, object, 0, cv::GC_INIT_WITH_MASK);
	widen(background);
	widen(object);
}

void cut(const unsigned char *rgb, int width, int height, const unsigned char *seeds,
		int rounds, unsigned char *inside)
{
	const cv::Mat picture(height, width, CV_8UC3, const_cast<unsigned char *>(rgb));
	cv::Mat mask(height, width, CV_8UC1);
	cv::Mat background, object;

	cv::setNumThreads(1);
	cv::setRNGSeed(1);
	fit_seeds(picture, seeds, background, object);
	for (int i = 0; i < width * height; i++) {
		mask.data[i] = seeds[i] == GRABCUT_OBJECT ? cv::GC_PR_FGD : cv::GC_PR_BGD;
	}
	cv::grabCut(picture, mask, cv::Rect(), background, object, 1,
			cv::GC_EVAL_FREEZE_MODEL);
	if (rounds > 0) {
		cv::grabCut(picture, mask, cv::Rect(), background, object, rounds,
				cv::GC_EVAL);
	}
	for (int i = 0; i < width * height; i++) {
		inside[i] = mask.data[i] == cv::GC_FGD || mask.data[i] == cv::GC_PR_FGD;
	}
}

} // namespace

int grabcut(const unsigned char *rgb, int width, int height, const unsigned char *seeds,
		int rounds, unsigned char *inside, char *reason, size_t size)
{
	try {
		cut(rgb, width, height, seeds, rounds, inside);
		return 0;
	} catch (const std::exception &exception) {
		std::snprintf(reason, size, "OpenCV failed: %s", exception.what());
	} catch (...) {
		std::snprintf(reason, size, "OpenCV failed without a message");
	}
	return -1;
}
