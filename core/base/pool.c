/**
 * \file    base/pool.c
 * \brief   Threads that do tasks while the program goes on
 */
#include "base/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/memory.h"

struct pool {
	pthread_mutex_t lock; /* of everything below, and of the tasks' states */
	pthread_cond_t started, finished;
	struct task *first; /* waiting */
	bool ending;
	int count;
	pthread_t *threads;
};

/** Take a task out of those that wait, and mark it as running. */
static void take(struct pool *pool, const struct task *task)
{
	struct task **place = &pool->first;

	while (*place != task) {
		place = &(*place)->next;
	}
	(*place)->state = TASK_RUNNING;
	*place = (*place)->next;
}

static void *serve(void *context)
{
	struct pool *pool = context;

	pthread_mutex_lock(&pool->lock);
	while (true) {
		struct task *task = pool->first;

		if (task == NULL && pool->ending) {
			break;
		}
		if (task == NULL) {
			pthread_cond_wait(&pool->started, &pool->lock);
			continue;
		}
		take(pool, task);
		pthread_mutex_unlock(&pool->lock);
		log_hold(&task->said);
		task->work(task);
		log_hold(NULL);
		pthread_mutex_lock(&pool->lock);
		task->state = TASK_DONE;
		pthread_cond_broadcast(&pool->finished);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/** Start the threads, with all signals left to the thread that calls this. */
static void start_threads(struct pool *pool, int threads)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (pool->count < threads
			&& pthread_create(&pool->threads[pool->count], NULL, serve, pool)
					== 0) {
		pool->count++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct pool *pool_create(int threads)
{
	if (threads < 1) {
		return NULL;
	}
	struct pool *pool = memory_new(1, sizeof(*pool));

	pool->threads = memory_new((size_t)threads, sizeof(*pool->threads));
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->started, NULL);
	pthread_cond_init(&pool->finished, NULL);
	start_threads(pool, threads);
	if (pool->count == 0) {
		pool_free(pool);
		return NULL;
	}
	return pool;
}

void pool_start(struct pool *pool, struct task *task)
{
	task->state = TASK_WAITING;
	task->next = NULL;
	task->said = (struct log_held){ 0 };
	if (pool == NULL) {
		task->work(task);
		task->state = TASK_DONE;
		return;
	}
	pthread_mutex_lock(&pool->lock);
	struct task **last = &pool->first;

	while (*last != NULL) {
		last = &(*last)->next;
	}
	*last = task;
	pthread_cond_signal(&pool->started);
	pthread_mutex_unlock(&pool->lock);
}

void pool_wait(struct pool *pool, struct task *task)
{
	if (pool == NULL) {
		return;
	}
	pthread_mutex_lock(&pool->lock);
	if (task->state == TASK_WAITING) {
		take(pool, task);
		pthread_mutex_unlock(&pool->lock);
		task->work(task);
		task->state = TASK_DONE;
		return;
	}
	while (task->state != TASK_DONE) {
		pthread_cond_wait(&pool->finished, &pool->lock);
	}
	pthread_mutex_unlock(&pool->lock);
	log_show(&task->said);
}

void pool_free(struct pool *pool)
{
	if (pool == NULL) {
		return;
	}
	pthread_mutex_lock(&pool->lock);
	pool->ending = true;
	pthread_cond_broadcast(&pool->started);
	pthread_mutex_unlock(&pool->lock);
	for (int i = 0; i < pool->count; i++) {
		pthread_join(pool->threads[i], NULL);
	}
	pthread_cond_destroy(&pool->started);
	pthread_cond_destroy(&pool->finished);
	pthread_mutex_destroy(&pool->lock);
	free(pool->threads);
	free(pool);
}
