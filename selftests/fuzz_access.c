// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdio.h>
#include <ucontext.h>
#include <unistd.h>

#include "fuzz_access.h"

static __thread sigjmp_buf escape;
static __thread volatile uint64_t expected;	/* signals that escape, a bit each */
static __thread const char *doing = "setup";

void now_doing(const char *what)
{
	doing = what;
}

bool try_access(void (*access)(void *what), void *what, uint64_t signals)
{
	if (sigsetjmp(escape, 1))
		return false;
	expected = signals;
	access(what);
	expected = 0;
	return true;
}

/* What nobody expected is told, and then takes its course. */
static void bad_access(int sig, siginfo_t *info, void *context)
{
	const ucontext_t *c = context;
	char text[256];
	int len;

	if (expected & 1ull << sig) {
		expected = 0;
		siglongjmp(escape, sig);
	}
	len = snprintf(text, sizeof(text),
		       "# dies of signal %d (%d) in call %s, thread %d of %d, address %p, at %#llx\n",
		       sig, info->si_code, doing, gettid(), getpid(), info->si_addr,
		       c->uc_mcontext.gregs[REG_RIP]);
	if (write(STDOUT_FILENO, text, len) != len)
		_exit(128 + sig);
	signal(sig, SIG_DFL);
	raise(sig);
}

void watch_accesses(void)
{
	struct sigaction action = { .sa_sigaction = bad_access, .sa_flags = SA_SIGINFO };

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGABRT, &action, NULL);
}
