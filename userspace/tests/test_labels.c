// SPDX-License-Identifier: MIT
/* Label files, and the ranking and showing of classes. */
#include "cmocka_includes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "programs/infer.h"
#include "programs/report.h"

/* A network of one operator on the accelerator and two on the CPU, the last of this name */
static const char *last_op = "SOFTMAX";

unsigned int mnet_executable_num_ops(const struct mnet_executable *exe)
{
	(void)exe;
	return 3;
}

int mnet_executable_op(const struct mnet_executable *exe, unsigned int index,
		       struct mnet_op_info *info)
{
	const char *const names[] = { "CONV_2D", last_op, "RESHAPE" };
	(void)exe;

	*info = (struct mnet_op_info){
		.name = names[index], .output = "out\n\"\xff", .accelerated = !index, .reason = ""
	};
	return 0;
}

unsigned int mnet_executable_num_subgraphs(const struct mnet_executable *exe)
{
	(void)exe;
	return 1;
}

unsigned int mnet_executable_num_outputs(const struct mnet_executable *exe)
{
	(void)exe;
	return 0;
}

int mnet_executable_output(const struct mnet_executable *exe, unsigned int index,
			   struct mnet_tensor_info *info)
{
	(void)exe;
	(void)index;
	(void)info;
	return -1;
}

static int read_labels(const char *text, size_t size, struct labels *labels, struct mnet_error *err)
{
	char path[] = "/tmp/test_labels.XXXXXX";
	int fd = mkstemp(path), ret;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, size), size);
	close(fd);
	ret = labels_read(path, labels, err);
	unlink(path);
	return ret;
}

static void assert_labels(const char *text, size_t count, const char *const *want)
{
	struct labels labels;
	struct mnet_error err = { "" };
	char number[24];

	if (read_labels(text, strlen(text), &labels, &err))
		fail_msg("%s", err.message);
	assert_int_equal(labels.count, count);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(labels_get(&labels, i, number), want[i]);
	labels_free(&labels);
}

static void assert_bad_labels(const char *text, size_t size, const char *why)
{
	struct labels labels;
	struct mnet_error err = { "" };

	assert_true(read_labels(text, size, &labels, &err) < 0);
	if (!strstr(err.message, why))
		fail_msg("\"%s\" does not say \"%s\"", err.message, why);
}

static void label_files_are_read(void **state)
{
	(void)state;

	assert_labels("a\nb, c\n", 2, (const char *[]){ "a", "b, c" });
	assert_labels("a\r\n b \t\r\nlast", 3, (const char *[]){ "a", " b", "last" });
	assert_labels("a\n\nc\n", 3, (const char *[]){ "a", "1", "c" });
	assert_labels("caf\xc3\xa9\n", 1, (const char *[]){ "caf\xc3\xa9" });
	assert_labels("\n", 1, (const char *[]){ "0" });
}

static void numbered_label_files_are_read(void **state)
{
	(void)state;

	assert_labels("0  background\n2 cat\n1:dog\n\n", 3,
		      (const char *[]){ "background", "dog", "cat" });
	assert_labels("1 one\n", 2, (const char *[]){ "0", "one" });
	/* One line without a number, and numbers are part of the labels. */
	assert_labels("10 gallon hat\nfedora\n", 2, (const char *[]){ "10 gallon hat", "fedora" });
	assert_labels("7\n8\n", 2, (const char *[]){ "7", "8" });
}

static void bad_label_files_are_refused(void **state)
{
	(void)state;

	assert_bad_labels("", 0, "empty");
	assert_bad_labels("ok\n\xff\xfe\n", 6, "line 2");
	assert_bad_labels("ok\nno\0pe\n", 9, "line 2");
	assert_bad_labels("\x1b[2J\n", 5, "line 1");
	assert_bad_labels("\xc0\xaf\n", 3, "line 1");
	assert_bad_labels("\xed\xa0\x80\n", 4, "line 1");
	assert_bad_labels("1 a\n1 b\n", 8, "second time");
	assert_bad_labels("999999999 a\n", 12, "too large");
}

static void class_without_label_is_its_number(void **state)
{
	struct labels none = { 0 };
	char number[24];
	(void)state;

	assert_string_equal(labels_get(&none, 653, number), "653");
}

static void quantised_probabilities_are_ranked(void **state)
{
	struct mnet_tensor_info info = {
		.type = MNET_UINT8, .rank = 2, .shape = { 1, 4 }, .scale = 1 / 256.f
	};
	struct scores scores;
	struct mnet_error err;
	(void)state;

	assert_int_equal(scores_make(&info, (uint8_t[]){ 8, 64, 128, 64 }, true, 3, &scores, &err),
			 0);
	assert_false(scores.softmax);
	assert_int_equal(scores.count, 3);
	assert_int_equal(scores.top[0].index, 2);
	assert_true(scores.top[0].score == 0.5);
	assert_int_equal(scores.top[1].index, 1);
	assert_int_equal(scores.top[2].index, 3);
	scores_free(&scores);
}

static void logits_go_through_softmax(void **state)
{
	struct mnet_tensor_info info = {
		.type = MNET_INT8, .rank = 2, .shape = { 1, 2 }, .scale = 0.5f, .zero_point = -1
	};
	struct scores scores;
	struct mnet_error err;
	(void)state;

	assert_int_equal(scores_make(&info, (int8_t[]){ 1, 3 }, false, 9, &scores, &err), 0);
	assert_true(scores.softmax);
	assert_int_equal(scores.count, 2);
	assert_int_equal(scores.top[0].index, 1);
	assert_true(fabs(scores.top[0].score - 1 / (1 + exp(-1))) < 1e-12);
	scores_free(&scores);
}

static void last_operator_says_what_the_output_is(void **state)
{
	(void)state;

	last_op = "SOFTMAX";
	assert_true(scores_are_probabilities(NULL));
	last_op = "FULLY_CONNECTED";
	assert_false(scores_are_probabilities(NULL));
}

static void maps_are_not_ranked(void **state)
{
	struct mnet_tensor_info info = { .type = MNET_UINT8, .rank = 3, .shape = { 1, 2, 2 } };
	struct scores scores;
	struct mnet_error err;
	(void)state;

	assert_int_equal(scores_make(&info, "abcd", true, 3, &scores, &err), 0);
	assert_int_equal(scores.count, 0);
	scores_free(&scores);
}

static cJSON *printed(const struct infer_result *result)
{
	char *text = NULL;
	size_t size;
	const char *end;
	FILE *out = open_memstream(&text, &size);
	struct mnet_error err;
	cJSON *json;

	assert_int_equal(infer_print_json(result, out, &err), 0);
	fclose(out);
	json = cJSON_ParseWithOpts(text, &end, 1);
	assert_non_null(json);
	assert_string_equal(end, "");
	free(text);
	return json;
}

static double number(const cJSON *json, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, name);

	if (!cJSON_IsNumber(item))
		fail_msg("%s is no number", name);
	return item->valuedouble;
}

static void json_has_the_promised_members(void **state)
{
	struct mnet_tensor_info info = { .type = MNET_FLOAT32, .rank = 1, .shape = { 3 } };
	struct infer_options options = { .repeat = 1 };
	struct infer_result result = {
		.options = &options,
		.device = "sim",
		.run = { .model_cycles = 480, .model_ms = 0.001, .energy_mj = -1 },
		.host_ms = 2.5,
	};
	struct mnet_error err;
	cJSON *json, *top;
	(void)state;

	assert_int_equal(read_labels("a \"b\" \\ /\nc\n", 12, &result.labels, &err), 0);
	assert_int_equal(
		scores_make(&info, (float[]){ 0.5, NAN, 0.25 }, true, 3, &result.scores, &err), 0);
	json = printed(&result);
	assert_string_equal(cJSON_GetObjectItem(json, "device")->valuestring, "sim");
	assert_true(number(json, "model_cycles") == 480);
	assert_true(number(json, "model_ms") == 0.001);
	assert_true(number(json, "host_ms") == 2.5);
	assert_null(cJSON_GetObjectItem(json, "energy_mj"));
	assert_true(number(json, "operators_on_accelerator") == 1);
	assert_true(number(json, "operators_on_cpu") == 2);
	assert_true(number(json, "subgraphs") == 1);
	top = cJSON_GetObjectItem(json, "top");
	assert_int_equal(cJSON_GetArraySize(top), 3);
	assert_true(number(cJSON_GetArrayItem(top, 0), "index") == 0);
	assert_true(number(cJSON_GetArrayItem(top, 0), "score") == 0.5);
	assert_string_equal(cJSON_GetObjectItem(cJSON_GetArrayItem(top, 0), "label")->valuestring,
			    "a \"b\" \\ /");
	/* what is not a number is last, and still JSON */
	assert_true(number(cJSON_GetArrayItem(top, 2), "index") == 1);
	assert_true(number(cJSON_GetArrayItem(top, 2), "score") == 0);
	cJSON_Delete(json);

	result.run.energy_mj = 0.875;
	json = printed(&result);
	assert_true(number(json, "energy_mj") == 0.875);
	cJSON_Delete(json);
	scores_free(&result.scores);
	labels_free(&result.labels);
}

static void profile_is_a_trace(void **state)
{
	struct mnet_trace_event events[] = {
		{ .op = 0, .engine = 2, .start = 480, .end = 960, .bytes = 7 },
	};
	char path[] = "/tmp/test_profile.XXXXXX", text[4096];
	struct mnet_error err;
	cJSON *json, *list, *event;
	size_t size;
	FILE *f;
	(void)state;

	assert_true(close(mkstemp(path)) == 0);
	assert_int_equal(profile_write(path, NULL, events, 1, 480000, &err), 0);
	f = fopen(path, "r");
	size = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	unlink(path);
	text[size] = 0;
	json = cJSON_Parse(text);
	assert_non_null(json);
	list = cJSON_GetObjectItem(json, "traceEvents");
	assert_int_equal(cJSON_GetArraySize(list), 5);
	event = cJSON_GetArrayItem(list, 4);
	assert_string_equal(cJSON_GetObjectItem(event, "name")->valuestring, "CONV_2D");
	assert_true(number(event, "ts") == 1 && number(event, "dur") == 1);
	assert_true(number(event, "tid") == 2);
	assert_string_equal(
		cJSON_GetObjectItem(cJSON_GetObjectItem(event, "args"), "output")->valuestring,
		"out?\"?");
	cJSON_Delete(json);
}

static void hostile_text_stays_one_line(void **state)
{
	char text[16];
	(void)state;

	assert_string_equal(printable(text, sizeof(text), "a\nb\x1b\x7f\xffz"), "a?b???z");
	/* U+009B is what a terminal takes for ESC [; U+00A0 begins what is no control */
	assert_string_equal(printable(text, sizeof(text), "a\302\23331m\302\200\302\240"),
			    "a?31m?\xc2\xa0");
	/* cut between characters */
	assert_string_equal(printable(text, 8, "12\xc3\xa9\xc3\xa9\xc3\xa9"), "12\xc3\xa9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(label_files_are_read),
		cmocka_unit_test(numbered_label_files_are_read),
		cmocka_unit_test(bad_label_files_are_refused),
		cmocka_unit_test(class_without_label_is_its_number),
		cmocka_unit_test(quantised_probabilities_are_ranked),
		cmocka_unit_test(logits_go_through_softmax),
		cmocka_unit_test(last_operator_says_what_the_output_is),
		cmocka_unit_test(maps_are_not_ranked),
		cmocka_unit_test(json_has_the_promised_members),
		cmocka_unit_test(profile_is_a_trace),
		cmocka_unit_test(hostile_text_stays_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
