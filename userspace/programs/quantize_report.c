// SPDX-License-Identifier: MIT
/* What quantising did to a network, for people. */
#include "programs/quantize_report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "programs/file.h"
#include "programs/report.h"

#define NAME_TEXT	128
#define SUMMARY_LINES	5

static void print_noise(double db, FILE *out)
{
	if (isinf(db))
		fprintf(out, "%8s", "exact");
	else
		fprintf(out, "%8.2f", db);
}

static void print_line(const struct mnet_tensor_report *r, FILE *out)
{
	char name[NAME_TEXT];

	print_noise(r->noise_db, out);
	fprintf(out, "  %12.6g  %12.6g  ", r->min, r->max);
	if (r->reason)
		fprintf(out, "%12s  %5s", "float", "");
	else
		fprintf(out, "%12.6g  %5d", (double)r->scale, r->zero_point);
	fprintf(out, "  %-18s  %s", r->op ? r->op : "input", printable(name, sizeof(name), r->name));
	if (r->reason)
		fprintf(out, "  (%s)", r->reason);
	fputc('\n', out);
}

static void print_head(FILE *out)
{
	fprintf(out, "%8s  %12s  %12s  %12s  %5s  %-18s  %s\n", "SNR dB", "min", "max", "scale",
		"zero", "operator", "tensor");
}

/* "OF X dB", or that nothing differs */
static void print_ratio(const char *of, double db, FILE *out)
{
	if (isinf(db))
		fprintf(out, "%s exact", of);
	else
		fprintf(out, "%s %.2f dB", of, db);
}

static void print_outputs(const struct mnet_quantized *q, FILE *out)
{
	for (unsigned int i = 0; i < q->num_outputs; i++) {
		fprintf(out, "output %u: signal to noise", i);
		print_ratio("", q->output_db[i], out);
		if (!isnan(q->logits_db[i]))
			print_ratio("; logits", q->logits_db[i], out);
		fputc('\n', out);
	}
}

int quantize_report_write(const struct mnet_quantized *quantized, const char *path,
			  struct mnet_error *err)
{
	size_t size = 0;
	char *text = NULL;
	FILE *memory = open_memstream(&text, &size);
	int ret;

	if (!memory)
		return set_error(err, -ENOMEM, "out of memory");
	print_head(memory);
	for (unsigned int i = 0; i < quantized->num_reports; i++)
		print_line(&quantized->reports[i], memory);
	print_outputs(quantized, memory);
	ret = fclose(memory) ? set_error(err, -ENOMEM, "out of memory") :
	      file_write(path, text, size, err);
	free(text);
	return ret;
}

void quantize_report_summary(const struct mnet_quantized *quantized, FILE *out)
{
	unsigned int shown = quantized->num_reports;

	if (shown > SUMMARY_LINES)
		shown = SUMMARY_LINES;
	fprintf(out, "%u activations, the %u noisiest:\n", quantized->num_reports, shown);
	print_head(out);
	for (unsigned int i = 0; i < shown; i++)
		print_line(&quantized->reports[i], out);
	if (quantized->num_float_ops)
		fprintf(out, "%u operators stayed float:\n", quantized->num_float_ops);
	for (unsigned int i = 0; i < quantized->num_reports; i++)
		if (quantized->reports[i].reason)
			print_line(&quantized->reports[i], out);
	print_outputs(quantized, out);
}
