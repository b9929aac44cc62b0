// SPDX-License-Identifier: MIT
/* What things and people are called. */
#define _GNU_SOURCE /* wcwidth */
#include <pwd.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "programs/report.h"
#include "programs/top.h"

const char *top_state_name(enum monitor_state state)
{
	switch (state) {
	case MONITOR_ACTIVE:
		return "active";
	case MONITOR_ASLEEP:
		return "asleep";
	case MONITOR_FALLING_ASLEEP:
		return "dozing";
	case MONITOR_WAKING:
		return "waking";
	case MONITOR_ERROR:
		return "error";
	default:
		return "on";
	}
}

bool top_is_asleep(enum monitor_state state)
{
	return state == MONITOR_ASLEEP || state == MONITOR_FALLING_ASLEEP;
}

/* Where users are looked up may be far away: each is asked for once. */
const char *top_user(uid_t uid, char name[TOP_USER])
{
	static struct {
		bool known;
		uid_t uid;
		char name[TOP_USER];
	} cache[64];
	const struct passwd *user;
	const unsigned int at = uid % (sizeof(cache) / sizeof(cache[0]));

	if (!cache[at].known || cache[at].uid != uid) {
		user = getpwuid(uid);
		if (user)
			printable(cache[at].name, sizeof(cache[at].name), user->pw_name);
		else
			snprintf(cache[at].name, sizeof(cache[at].name), "%u", uid);
		cache[at].uid = uid;
		cache[at].known = true;
	}
	return strcpy(name, cache[at].name);
}

/* As the locale has characters; those without a place of their own are none. */
unsigned int top_plain(char *to, size_t size, unsigned int columns, const char *text)
{
	const size_t length = strlen(text);
	unsigned int column = 0;
	mbstate_t state = { 0 };
	size_t from = 0, at = 0;

	while (from < length && column < columns && at + 1 < size) {
		wchar_t c;
		size_t n = mbrtowc(&c, text + from, length - from, &state);
		int width = n && n <= length - from && iswprint(c) ? wcwidth(c) : -1;

		if (width < 1) {
			state = (mbstate_t){ 0 };
			n = n && n <= length - from ? n : 1;
			to[at++] = '?';
			from += n;
			column++;
			continue;
		}
		if (column + width > columns || at + n >= size)
			break;
		memcpy(to + at, text + from, n);
		at += n;
		from += n;
		column += width;
	}
	to[at] = 0;
	return column;
}
