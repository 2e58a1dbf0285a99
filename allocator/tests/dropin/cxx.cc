/*
 * operator new and delete in all forms, and what a program may rely on around them: bad_alloc, the new-handler,
 * nothrow, alignment, and standard containers in threads.
 */
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

extern "C" const char *hakmem_version_string(void) __attribute__((weak));
extern "C" size_t malloc_usable_size(void *block);

static int failures;
#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            std::printf("not ok - %s:%d: %s\n", __FILE__, __LINE__, #condition);                                       \
            failures++;                                                                                                \
        }                                                                                                              \
    } while (0)

static volatile std::size_t too_much = static_cast<std::size_t>(PTRDIFF_MAX) - 4096;
static int handler_calls;

static void handler()
{
    if (++handler_calls == 3)
        std::set_new_handler(nullptr);
}

template <typename Allocate> static bool throws_bad_alloc(Allocate allocate)
{
    try {
        allocate();
    } catch (const std::bad_alloc &) {
        return true;
    }
    return false;
}

static void every_form()
{
    const std::align_val_t line{64};
    const std::size_t size = 200;
    operator delete(operator new(size));
    operator delete(operator new(size), size);
    operator delete[](operator new[](size));
    operator delete[](operator new[](size), size);
    operator delete(operator new(size, std::nothrow), std::nothrow);
    operator delete[](operator new[](size, std::nothrow), std::nothrow);
    void *aligned[4] = {operator new(size, line), operator new[](size, line), operator new(size, line, std::nothrow),
                        operator new[](size, line, std::nothrow)};
    for (void *block : aligned) {
        CHECK(reinterpret_cast<std::uintptr_t>(block) % 64 == 0);
        CHECK(malloc_usable_size(block) >= size);
        std::memset(block, 1, size);
    }
    operator delete(aligned[0], line);
    operator delete[](aligned[1], size, line);
    operator delete(aligned[2], line, std::nothrow);
    operator delete[](aligned[3], line, std::nothrow);
    operator delete(operator new(size, line), size, line);
    operator delete[](operator new[](size, line), line);
}

static void failures_are_told()
{
    const std::align_val_t line{64};
    CHECK(throws_bad_alloc([] { return operator new(too_much); }));
    CHECK(throws_bad_alloc([] { return operator new[](too_much); }));
    CHECK(throws_bad_alloc([line] { return operator new(too_much, line); }));
    CHECK(throws_bad_alloc([line] { return operator new[](too_much, line); }));
    CHECK(operator new(too_much, std::nothrow) == nullptr);
    CHECK(operator new[](too_much, std::nothrow) == nullptr);
    CHECK(operator new(too_much, line, std::nothrow) == nullptr);
    CHECK(operator new[](too_much, line, std::nothrow) == nullptr);
    std::set_new_handler(handler);
    CHECK(throws_bad_alloc([] { return operator new(too_much); }));
    CHECK(handler_calls == 3);
}

static void a_handler_may_throw()
{
    std::set_new_handler([] { throw std::bad_alloc(); });
    CHECK(throws_bad_alloc([] { return operator new(too_much); }));
    CHECK(operator new(too_much, std::nothrow) == nullptr);
    CHECK(operator new[](too_much, std::nothrow) == nullptr);
    CHECK(operator new(too_much, std::align_val_t{64}, std::nothrow) == nullptr);
    CHECK(operator new[](too_much, std::align_val_t{64}, std::nothrow) == nullptr);
    std::set_new_handler(nullptr);
}

static void containers()
{
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; t++)
        threads.emplace_back([t] {
            std::map<std::string, std::unique_ptr<std::vector<int>>> map;
            for (int i = 0; i < 3000; i++)
                map[std::string(static_cast<std::size_t>(i % 90), 'x') + std::to_string(i)] =
                    std::make_unique<std::vector<int>>(static_cast<std::size_t>(i % 200), t);
            for (const auto &entry : map)
                for (int value : *entry.second)
                    CHECK(value == t);
        });
    for (std::thread &thread : threads)
        thread.join();
}

int main()
{
    CHECK(hakmem_version_string != nullptr);
    every_form();
    failures_are_told();
    a_handler_may_throw();
    containers();
    std::puts(failures == 0 ? "1 passed, 0 failed" : "0 passed, 1 failed");
    return failures != 0;
}
