/**
 * \file    run/isolate/witness.c
 * \brief   A process beside a run, which reports what was done if a plugin ends the run
 */
#include "config.h" /* _GNU_SOURCE */

#include "run/isolate/witness.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/process.h"
#include "host/artifact_files.h"
#include "host/job.h"
#include "output/digest.h"
#include "run/exit.h"
#include "run/isolate/protocol.h"

/** What the run's process notes, in memory that the witness shares */
struct note {
	volatile sig_atomic_t in_call; /* of a technique */
	volatile size_t job;           /* whose technique that is, the innermost */
	volatile sig_atomic_t ended;   /* by what the two below say */
	volatile int number;           /* signal, or 0 */
	volatile uintptr_t address;    /* that a SIGBUS is about */
	volatile int code;             /* of exit() */
	volatile sig_atomic_t out_of_memory;
};

struct witness {
	struct session *session;
	void (*report)(void *context);
	void *context;
	struct note *note;
	pid_t run; /* the run's process */
	pid_t process;
	int socket;   /* whose end tells the witness of the run's */
	FILE *stream; /* the record as it grows, in memory that both see */
	struct protocol_sender sender;
};

/* ---- The witness ---------------------------------------------------------------- */

/** The witness ends when the run does, not when the terminal's user interrupts that. */
static void outlive_interrupts(pid_t run)
{
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
#ifdef __linux__
	/* A run that ends by itself, or as noted, waits for the witness. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
	if (getppid() != run) {
		_exit(0);
	}
}

/** Wait for the end of the run. */
static void wait_for(int connection)
{
	char byte;

	while (read(connection, &byte, 1) < 0 && errno == EINTR) {
	}
}

/**
 * Receive the record of a run that has ended; true if it ended as it should. Until then
 * nothing is read, which would take as long as writing it.
 */
static bool receive(const struct witness *witness)
{
	struct protocol_receiver receiver;
	char piece[4096];
	off_t place = 0;
	ssize_t length;

	protocol_receiver_init(&receiver, witness->session->record, NULL);
	while ((length = pread(fileno(witness->stream), piece, sizeof(piece), place))
			> 0) {
		protocol_receive(&receiver, piece, (size_t)length);
		place += length;
	}
	return protocol_receiver_finish(&receiver);
}

static void remove_unfinished(const struct witness *witness)
{
	const struct plan *plan = witness->session->plan;
	char *inputs = path_join(plan->output, ARTIFACT_INPUT_FOLDER);

	writer_remove_stale(inputs, (long)witness->run, WRITER_DEPTH);
	free(inputs);
	for (size_t i = 0; i < plan->job_count; i++) {
		char *folder = path_join(plan->output, plan->jobs[i].name);

		writer_remove_stale(folder, (long)witness->run, WRITER_DEPTH);
		free(folder);
	}
}

/** A file that the run reads was cut off: nothing can go on without it. */
static void fail_unfinished(const struct witness *witness, const char *path)
{
	struct record *record = witness->session->record;
	char *reason = memory_format("%s " MAPPING_CUT, path);

	log_write(LOG_LEVEL_ERROR, "%s", reason);
	for (size_t i = 0; i < record->plan->job_count; i++) {
		struct record_job *job = &record->jobs[i];
		size_t wanted = plan_job_results(record->plan, job->plan);

		if (job->plan->selected && job->done < wanted) {
			record_fail(record, job, reason);
		}
	}
	free(reason);
}

/** Say who has ended the run, and how. */
static void accuse(const struct witness *witness)
{
	const struct note *note = witness->note;
	const struct child child = {
		.end = note->number != 0 ? CHILD_CRASHED : CHILD_EXITED,
		.code = note->number != 0 ? note->number : note->code,
	};
	char *end = child_describe(&child, 0);
	const char *memory = note->out_of_memory ? "ran out of memory and " : "";
	struct error error = { 0 };

	const char *cut = note->number == SIGBUS ? mapping_path_at(note->address) : NULL;

	if (cut != NULL) {
		fail_unfinished(witness, cut);
	} else if (note->in_call) {
		error_set(&error, CNNVIZ_ERROR_PLUGIN,
				"the plugin %s%s, which ended the run; with [run] "
				"isolate = yes the other jobs go on",
				memory, end);
		job_failed(&witness->session->jobs[note->job], &error);
	} else {
		log_write(LOG_LEVEL_ERROR, "the run %s%s while no plugin was called",
				memory, end);
	}
	free(end);
}

/** Compute the digests, which the run may not have had yet. */
static void note_digests(const struct session *session)
{
	struct digests digests = digests_compute(session->plan);

	digests_note(&digests, session->record);
	digests_free(&digests);
}

__attribute__((noreturn)) static void bear_witness(const struct witness *witness,
		int connection)
{
	outlive_interrupts(witness->run);
	wait_for(connection);
	/* Of a run that is killed, nobody knows whether another one has begun since. */
	if (witness->note->ended && !receive(witness)) {
		log_set_status_line(isatty(STDERR_FILENO) != 0);
		witness->session->fail_fast = true; /* what was not done will not be */
		remove_unfinished(witness);
		accuse(witness);
		/* A file that is cut off is not the one that was used. */
		if (witness->note->number != SIGBUS) {
			note_digests(witness->session);
		}
		witness->report(witness->context);
		fflush(NULL);
	}
	_exit(0);
}

/* ---- The end of the run's process ----------------------------------------------- */

#define HANDLER_STACK 65536

static const int crashes[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL };

#define CRASHES (sizeof(crashes) / sizeof(*crashes))

/* The witness of this process, for its handlers, and the actions before */
static struct {
	struct witness *witness;
	struct sigaction before[CRASHES];
} armed;

/** Have the witness write its report; calls only what a signal's handler may call. */
static void hand_over(const struct witness *witness)
{
	witness->note->out_of_memory = errno == ENOMEM;
	witness->note->ended = 1;
	process_spill();
	shutdown(witness->socket, SHUT_WR);
	while (waitpid(witness->process, NULL, 0) < 0 && errno == EINTR) {
	}
}

static void restore_actions(void)
{
	for (size_t i = 0; i < CRASHES; i++) {
		sigaction(crashes[i], &armed.before[i], NULL);
	}
}

static void handle_crash(int number, siginfo_t *info, void *context)
{
	struct witness *witness = armed.witness;

	(void)context;
	armed.witness = NULL;
	restore_actions();
	/* A process that the plugin has forked off has no say. */
	if (witness != NULL && getpid() == witness->run) {
		witness->note->number = number;
		witness->note->address = (uintptr_t)info->si_addr;
		hand_over(witness);
		if (number == SIGBUS && mapping_path_at((uintptr_t)info->si_addr)) {
			_exit(RUN_EXIT_JOB_FAILED); /* which is no fault of a program's */
		}
	}
	raise(number);
}

/** A technique that calls exit() must not make the run look as if all was done. */
static void handle_exit(int code, void *context)
{
	struct witness *witness = armed.witness;

	(void)context;
	if (witness != NULL && getpid() == witness->run && witness->note->in_call) {
		armed.witness = NULL;
		witness->note->code = code;
		fflush(stdout);
		hand_over(witness);
		_exit(RUN_EXIT_JOB_FAILED);
	}
}

static void arm(struct witness *witness)
{
	static char stack[HANDLER_STACK];
	struct sigaction action;

	armed.witness = witness;
	sigaltstack(&(stack_t){ .ss_sp = stack, .ss_size = sizeof(stack) }, NULL);
	memset(&action, 0, sizeof(action));
	action.sa_sigaction = handle_crash;
	action.sa_flags = SA_ONSTACK | SA_SIGINFO;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < CRASHES; i++) {
		sigaction(crashes[i], &action, &armed.before[i]);
	}
	on_exit(handle_exit, NULL);
}

/* ---- The run -------------------------------------------------------------------- */

static void note_entered(void *context, const struct cnnviz_job *call)
{
	struct witness *witness = context;

	witness->note->job = (size_t)(call->job - call->session->jobs);
	witness->note->in_call = 1;
	errno = 0; /* so that a later ENOMEM is from this call */
}

static void note_left(void *context, const struct cnnviz_job *call)
{
	struct note *note = ((struct witness *)context)->note;

	if (call->outer == NULL) {
		note->in_call = 0;
	} else {
		note->job = (size_t)(call->outer->job - call->session->jobs);
	}
}

/** Make what both processes have: a connection, and the file of the record. */
static bool open_connection(struct witness *witness, int *end)
{
	int file = memfd_create("cnnviz", MFD_CLOEXEC);
	int ends[2];

	if (file < 0) {
		return false;
	}
	witness->stream = fdopen(file, "w");
	if (witness->stream == NULL) {
		close(file);
		return false;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
		return false;
	}
	witness->socket = ends[0];
	*end = ends[1];
	return true;
}

static void close_connection(struct witness *witness)
{
	if (witness->stream != NULL) {
		fclose(witness->stream);
	}
	if (witness->socket >= 0) {
		close(witness->socket);
	}
}

static void connect_run(struct witness *witness)
{
	struct session *session = witness->session;

	protocol_start(&witness->sender, session->record,
			witness->process > 0 ? witness->stream : NULL, session->journal);
	protocol_follow_pictures(&witness->sender);
	if (witness->process > 0) {
		session->listener = (struct session_listener){ note_entered, note_left,
			witness };
		arm(witness);
	}
}

static void witness_free(struct witness *witness)
{
	close_connection(witness);
	child_unshare(witness->note, sizeof(*witness->note));
	free(witness);
}

struct witness *witness_start(struct session *session, void (*report)(void *context),
		void *context)
{
	struct witness *witness = memory_new(1, sizeof(*witness));
	int end = -1;

	*witness = (struct witness){
		.session = session,
		.report = report,
		.context = context,
		.note = child_share(sizeof(struct note)),
		.run = getpid(),
		.socket = -1,
	};
	fflush(NULL);
	witness->process = open_connection(witness, &end) ? fork() : -1;
	if (witness->process == 0) {
		close(witness->socket);
		bear_witness(witness, end);
	}
	if (end >= 0) {
		close(end);
	}
	connect_run(witness);
	return witness;
}

void witness_send_engine(const struct witness *witness)
{
	protocol_send_engine(&witness->sender);
}

/** Take no more notice of how the process ends. */
static void disarm(const struct witness *witness)
{
	armed.witness = NULL;
	restore_actions();
	witness->session->listener = (struct session_listener){ NULL, NULL, NULL };
}

void witness_end(struct witness *witness)
{
	bool alone = witness->process <= 0;

	if (!alone) {
		disarm(witness);
	}
	protocol_finish(&witness->sender);
	if (!alone) {
		shutdown(witness->socket, SHUT_WR);
		while (waitpid(witness->process, NULL, 0) < 0 && errno == EINTR) {
		}
	}
	witness_free(witness);
}
