/**
 * \file    unit/test_pool.c
 * \brief   Tasks run beside the program, and leave its messages in order
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/pool.h"
#include "support/cunit_main.h"

/** Says its number, once those before it may go on too */
struct numbered {
	struct task task;
	int number;
	pthread_t thread;
};

static void say(struct task *task)
{
	struct numbered *numbered = (struct numbered *)task;

	numbered->thread = pthread_self();
	log_write(LOG_LEVEL_WARNING, "task %d", numbered->number);
}

/** Two tasks that each wait for the other to have begun */
struct meeting {
	struct task task;
	pthread_barrier_t *barrier;
};

static void meet(struct task *task)
{
	pthread_barrier_wait(((struct meeting *)task)->barrier);
}

static void tasks_run_at_the_same_time(void)
{
	struct pool *pool = pool_create(2);
	pthread_barrier_t barrier;
	struct meeting meetings[2];

	CU_ASSERT_PTR_NOT_NULL_FATAL(pool);
	pthread_barrier_init(&barrier, NULL, 3);
	for (int i = 0; i < 2; i++) {
		meetings[i] = (struct meeting){ { .work = meet }, &barrier };
		pool_start(pool, &meetings[i].task);
	}
	pthread_barrier_wait(&barrier); /* hangs unless both have begun */
	pool_wait(pool, &meetings[0].task);
	pool_wait(pool, &meetings[1].task);
	pool_free(pool);
	pthread_barrier_destroy(&barrier);
}

/** What is printed to standard error while a function runs; new */
static char *printed_by(void (*function)(void))
{
	static char text[4096];
	FILE *file = tmpfile();
	int before = dup(STDERR_FILENO);

	dup2(fileno(file), STDERR_FILENO);
	function();
	dup2(before, STDERR_FILENO);
	close(before);
	rewind(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return text;
}

#define NUMBERED 20

static void wait_for_numbers(void)
{
	struct pool *pool = pool_create(3);
	struct numbered tasks[NUMBERED];

	for (int i = 0; i < NUMBERED; i++) {
		tasks[i] = (struct numbered){ .task.work = say, .number = i };
		pool_start(pool, &tasks[i].task);
	}
	for (int i = 0; i < NUMBERED; i++) {
		pool_wait(pool, &tasks[i].task);
	}
	pool_free(pool);
}

static void messages_come_in_the_order_of_waiting(void)
{
	const char *printed = printed_by(wait_for_numbers);

	for (int i = 0; i < NUMBERED; i++) {
		char line[64];

		snprintf(line, sizeof(line), "cnnviz: warning: task %d\n", i);
		CU_ASSERT_EQUAL_FATAL(strncmp(printed, line, strlen(line)), 0);
		printed += strlen(line);
	}
}

static void say_earlier(void *context)
{
	(void)context;
	log_write(LOG_LEVEL_WARNING, "earlier");
}

static void say_after_another(void)
{
	log_set_before(say_earlier, NULL);
	log_write(LOG_LEVEL_WARNING, "later");
	log_set_before(NULL, NULL);
	log_write(LOG_LEVEL_WARNING, "last");
}

static void what_comes_earlier_is_said_first(void)
{
	CU_ASSERT_STRING_EQUAL(printed_by(say_after_another),
			"cnnviz: warning: earlier\ncnnviz: warning: later\n"
			"cnnviz: warning: last\n");
}

static void without_a_pool_a_task_is_done_at_once(void)
{
	struct numbered task = { .task.work = say, .number = 1 };

	CU_ASSERT_PTR_NULL(pool_create(0));
	log_set_before(NULL, NULL);
	pool_start(NULL, &task.task);
	CU_ASSERT_TRUE(pthread_equal(task.thread, pthread_self()));
	pool_wait(NULL, &task.task);
	pool_free(NULL);
}

/** A task that occupies the only thread until it is let go */
static void a_task_that_no_thread_has_begun_is_done_by_who_waits(void)
{
	struct pool *pool = pool_create(1);
	pthread_barrier_t barrier;
	struct meeting first = { { .work = meet }, &barrier };
	struct numbered second = { .task.work = say, .number = 2 };

	pthread_barrier_init(&barrier, NULL, 2);
	pool_start(pool, &first.task);
	pool_start(pool, &second.task);
	pool_wait(pool, &second.task); /* the thread may not have begun the first either */
	pthread_barrier_wait(&barrier);
	pool_wait(pool, &first.task);
	CU_ASSERT_TRUE(pthread_equal(second.thread, pthread_self()));
	pool_free(pool);
	pthread_barrier_destroy(&barrier);
}

static CU_TestInfo tests[] = {
	{ "tasks run at the same time", tasks_run_at_the_same_time },
	{ "messages come in the order of waiting",
			messages_come_in_the_order_of_waiting },
	{ "what comes earlier is said first", what_comes_earlier_is_said_first },
	{ "without a pool a task is done at once",
			without_a_pool_a_task_is_done_at_once },
	{ "a task that no thread has begun is done by who waits",
			a_task_that_no_thread_has_begun_is_done_by_who_waits },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	const CU_SuiteInfo suites[] = {
		{ "pool", NULL, NULL, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
