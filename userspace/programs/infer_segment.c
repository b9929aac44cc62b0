// SPDX-License-Identifier: MIT
/* mnet-infer: which kind of result it is, and the pictures of a segmentation */
#include <errno.h>

#include "programs/infer.h"
#include "programs/report.h"
#include "programs/tensor.h"

int infer_decide(const struct infer_options *o, const struct mnet_executable *exe,
		 enum infer_kind *kind, struct mnet_error *err)
{
	const char *option = o->save_mask ? "--save-mask" : "--save-overlay";
	struct mnet_tensor_info info;
	char text[TENSOR_TEXT];

	*kind = INFER_CLASSIFY;
	if (mnet_executable_output(exe, 0, &info))
		return set_error(err, -EINVAL, "the model has no output");
	if (o->as == INFER_CLASSIFY && !scores_recognise(&info))
		return set_error(err, -EINVAL, "--as classify: the output %s is no list of classes",
				 tensor_text(text, &info));
	if (o->as == INFER_SEGMENT && !segmentation_possible(&info))
		return set_error(err, -EINVAL,
				 "--as segment: the output %s has no rows and columns of pixels",
				 tensor_text(text, &info));
	if (o->as == INFER_SEGMENT || (o->as == INFER_AUTO && segmentation_recognise(&info)))
		*kind = INFER_SEGMENT;
	if ((o->save_mask || o->save_overlay) && *kind != INFER_SEGMENT)
		return set_error(err, -EINVAL, "%s: the output %s is no segmentation", option,
				 tensor_text(text, &info));
	return 0;
}

/* Draws both before it writes one. */
int infer_save(const struct infer_result *r, const struct image *photo, const char **subject,
	       struct mnet_error *err)
{
	const struct segmentation *s = &r->segmentation;
	const struct infer_options *o = r->options;
	struct image mask = { 0 }, overlay = { 0 };
	int ret = 0;

	*subject = o->save_mask;
	if (o->save_mask)
		ret = segmentation_mask(s, &r->labels, photo->rgb ? photo->width : s->width,
					photo->rgb ? photo->height : s->height, &mask, err);
	if (!ret && o->save_overlay) {
		*subject = o->save_overlay;
		ret = segmentation_overlay(s, &r->labels, photo, &overlay, err);
	}
	if (!ret && o->save_mask) {
		*subject = o->save_mask;
		ret = image_write_png(o->save_mask, &mask, !s->class, err);
	}
	if (!ret && o->save_overlay) {
		*subject = o->save_overlay;
		ret = image_write_png(o->save_overlay, &overlay, false, err);
	}
	image_free(&mask);
	image_free(&overlay);
	return ret;
}
