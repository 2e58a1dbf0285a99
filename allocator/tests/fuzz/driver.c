/*
 * The fuzzer without libFuzzer: programs from files, or made from a seed, run by one thread or by several at once.
 *
 *   fuzz [--seed N] [--runs N] [--seconds N] [--threads N] [FILE|DIRECTORY]...
 *
 * Files are run first, each once, alone.  Then every thread runs programs of its own; with one thread, a seed repeats
 * the run exactly.  The seed of the program under way is printed when something breaks.
 * Exit status: 0 nothing found, 2 wrong usage; what is found ends the process with a signal.
 */
#define _GNU_SOURCE
#include "model.h"
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { program_bytes_max = 4096, threads_max = 64, path_bytes = 4096 };

static uint64_t seed = 1;
static long runs = 500;
static long seconds; /* 0: count runs instead */
static long thread_count = 1;
static _Atomic long runs_done;
static time_t deadline;
static _Thread_local char under_way[path_bytes + 100];

static void on_crash(int number)
{
    if (write(STDERR_FILENO, under_way, strlen(under_way)) < 0)
        _exit(1);
    signal(number, SIG_DFL);
    raise(number);
}

/* splitmix64: every number is a good seed.  Source: Steele, Lea, Flood, "Fast splittable pseudorandom number
 * generators", 2014. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void run_seed(struct model *model, uint64_t number)
{
    uint8_t program[program_bytes_max];
    uint64_t random = number;
    size_t bytes = 64 + next_random(&random) % (sizeof program - 64);
    for (size_t i = 0; i < bytes; i++)
        program[i] = (uint8_t)(next_random(&random) >> 32);
    snprintf(under_way, sizeof under_way, "fuzz: while running --seed %llu --runs 1\n", (unsigned long long)number);
    model_run(model, program, bytes);
}

static int time_is_up(void)
{
    return seconds != 0 ? time(NULL) >= deadline : atomic_fetch_add(&runs_done, 1) >= runs;
}

static void *run_many(void *index)
{
    static struct model models[threads_max];
    struct model *model = &models[(uintptr_t)index];
    model->alone = thread_count == 1;
    /* Threads are far apart in the sequence of seeds; a single one counts from the seed given. */
    for (uint64_t number = seed + ((uint64_t)(uintptr_t)index << 32); !time_is_up(); number++)
        run_seed(model, number);
    return NULL;
}

static void run_file(const char *path)
{
    static struct model model = {.alone = 1};
    static uint8_t program[1 << 20];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "fuzz: cannot read %s\n", path);
        exit(2);
    }
    size_t bytes = fread(program, 1, sizeof program, file);
    fclose(file);
    snprintf(under_way, sizeof under_way, "fuzz: while running %s\n", path);
    model_run(&model, program, bytes);
    model_finish();
}

static void run_path(const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode)) {
        run_file(path);
        return;
    }
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char name[path_bytes];
        if (entries[i]->d_name[0] != '.') {
            snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
            run_file(name);
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

_Noreturn static void usage(const char *wrong)
{
    fprintf(stderr,
            "fuzz: %s\nusage: fuzz [--seed N] [--runs N] [--seconds N] [--threads N, at most %d] [FILE|DIRECTORY]...\n",
            wrong, threads_max);
    exit(2);
}

static int read_option(const char *name, const char *value)
{
    char *end;
    if (value == NULL)
        usage(name);
    unsigned long long number = strtoull(value, &end, 10);
    if (*value == '\0' || *end != '\0')
        usage(value);
    if (strcmp(name, "--seed") == 0)
        seed = number;
    else if (strcmp(name, "--runs") == 0)
        runs = (long)number;
    else if (strcmp(name, "--seconds") == 0)
        seconds = (long)number;
    else if (strcmp(name, "--threads") == 0 && number >= 1 && number <= threads_max)
        thread_count = (long)number;
    else
        usage(name);
    return 2;
}

int main(int count, char **arguments)
{
    const int crashes[] = {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE};
    pthread_t threads[threads_max];
    for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++)
        signal(crashes[i], on_crash);
    for (int i = 1; i < count;) {
        if (strncmp(arguments[i], "--", 2) == 0)
            i += read_option(arguments[i], i + 1 < count ? arguments[i + 1] : NULL);
        else
            run_path(arguments[i++]);
    }
    deadline = time(NULL) + seconds;
    for (uintptr_t i = 0; i < (uintptr_t)thread_count; i++)
        if (pthread_create(&threads[i], NULL, run_many, (void *)i) != 0)
            return 1;
    for (long i = 0; i < thread_count; i++)
        pthread_join(threads[i], NULL);
    model_finish();
    printf("fuzz: nothing found, seed %llu, %ld threads\n", (unsigned long long)seed, thread_count);
    return 0;
}
