/*
 * The longest call in one scene, under whatever malloc the process has.
 *
 *   longest SCENE     one line of JSON: the longest call, what it was, and of how many
 *   longest           the scenes, one on a line
 *
 * A call takes what the lab's clock says, or, if the kernel took the processor away meanwhile, the CPU time of its
 * thread; if it waited for something, that counts.  Interrupts are in: "nothing" says what they come to.
 * Exit status: 0 done, 1 no memory, or no thread, 2 wrong usage.
 */
#define _GNU_SOURCE
#include "workloads/longest/scene.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "perf/measure/clock.h"
#include "perf/measure/switched.h"
#include "perf/measure/usage.h"

static struct lab_clock lab_clock;
/* Below this nobody asks for CPU time, which is a system call: no call was both that short and interrupted. */
enum { SHORT_NS = 5000 };

/* Before a call. */
struct moment {
    uint64_t cpu_ns; /* of the thread */
    uint64_t waits;  /* the same */
    uint64_t ticks;
};

static uint64_t calls;
static uint64_t switched_calls; /* of these, during which the processor was taken away */
static uint64_t longest_ns;
static const char *longest_name = "none";
static uint64_t random_state = UINT64_C(0x9e3779b97f4a7c15);

static _Noreturn void give_up(const char *why)
{
    fprintf(stderr, "longest: %s\n", why);
    exit(1);
}

/* --- what scenes call -------------------------------------------------------------------------------------------- */

static uint64_t waits(void)
{
    struct lab_usage usage;
    lab_usage_read_thread(&usage);
    return usage.voluntary_switches;
}

static uint64_t thread_cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * LAB_NS_PER_S + (uint64_t)now.tv_nsec;
}

static struct moment begin(void)
{
    struct moment moment = {.cpu_ns = thread_cpu_ns(), .waits = waits()};
    lab_switched_begin();
    moment.ticks = lab_clock_now(&lab_clock);
    return moment;
}

static void end(const char *name, struct moment start)
{
    uint64_t ns = lab_clock_ns(&lab_clock, lab_clock_now(&lab_clock) - start.ticks);
    switched_calls += lab_switched();
    calls++;
    if (ns > SHORT_NS && waits() == start.waits) {
        uint64_t cpu_ns = thread_cpu_ns() - start.cpu_ns;
        ns = cpu_ns < ns ? cpu_ns : ns;
    }
    if (ns <= longest_ns)
        return;
    longest_ns = ns;
    longest_name = name;
}

static void *need(void *block)
{
    if (block == NULL)
        give_up("no memory");
    return block;
}

void *plain_malloc(size_t bytes)
{
    return need(malloc(bytes));
}

void *watched_malloc(size_t bytes)
{
    struct moment start = begin();
    void *block = malloc(bytes);
    end("malloc", start);
    return need(block);
}

void *watched_calloc(size_t bytes)
{
    struct moment start = begin();
    void *block = calloc(1, bytes);
    end("calloc", start);
    return need(block);
}

void *watched_realloc(void *block, size_t bytes)
{
    struct moment start = begin();
    block = realloc(block, bytes);
    end("realloc", start);
    return need(block);
}

void watched_free(void *block)
{
    struct moment start = begin();
    free(block);
    end("free", start);
}

void watched_nothing(void)
{
    end("nothing", begin());
}

uint64_t draw(uint64_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % below;
}

void on_a_thread(void *(*run)(void *), void *argument)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, argument) != 0)
        give_up("no thread");
    pthread_join(thread, NULL);
}

void pause_ms(unsigned ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

/* --- the program ------------------------------------------------------------------------------------------------- */

static const struct scene *find(const char *name)
{
    for (size_t i = 0; i < scene_count; i++)
        if (strcmp(scenes[i].name, name) == 0)
            return &scenes[i];
    return NULL;
}

static int list(void)
{
    for (size_t i = 0; i < scene_count; i++)
        printf("%s: %s\n", scenes[i].name, scenes[i].what);
    return 0;
}

int main(int count, char **arguments)
{
    if (count == 1)
        return list();
    const struct scene *scene = count == 2 ? find(arguments[1]) : NULL;
    if (scene == NULL) {
        fputs("longest: the name of a SCENE is needed; without one, it lists them\n", stderr);
        return 2;
    }
    lab_clock_init(&lab_clock);
    bool known = lab_switched_init();
    scene->play();
    printf("{\"scene\": \"%s\", \"call\": \"%s\", \"longest_ns\": %llu, \"calls\": %llu, \"switched\": %llu, "
           "\"switches_known\": %s}\n",
           scene->name, longest_name, (unsigned long long)longest_ns, (unsigned long long)calls,
           (unsigned long long)switched_calls, known ? "true" : "false");
    return 0;
}
