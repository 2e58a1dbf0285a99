/*
 * A program with operators of its own, each block of which starts with a mark: the forms that it leaves alone have to
 * end in them, as C++ says ([new.delete.single]), and their blocks in its operator delete.
 */
#include <cstdio>
#include <cstdlib>
#include <new>

extern "C" const char *hakmem_version_string(void) __attribute__((weak));

static const std::size_t mark = 0x6d61726bU;
static int allocated;
static int freed;

void *operator new(std::size_t size)
{
    std::size_t *block = static_cast<std::size_t *>(std::malloc(size + 16));
    if (block == nullptr)
        throw std::bad_alloc();
    block[0] = mark;
    allocated++;
    return block + 2;
}

/* As in many programs, the sized form is forgotten. */
#pragma GCC diagnostic ignored "-Wsized-deallocation"

void operator delete(void *p) noexcept
{
    if (p == nullptr)
        return;
    std::size_t *block = static_cast<std::size_t *>(p) - 2;
    freed += block[0] == mark;
    std::free(block);
}

int main()
{
    operator delete(operator new(100));
    operator delete(operator new(100, std::nothrow));
    operator delete(operator new(100), std::nothrow);
    operator delete(operator new(100), std::size_t{100});
    operator delete[](operator new[](100));
    operator delete[](operator new[](100), std::size_t{100});
    operator delete[](operator new[](100, std::nothrow));
    bool right = hakmem_version_string != nullptr && allocated == 7 && freed == 7;
    std::printf("%d passed, %d failed: %d allocated, %d freed by the program's own\n", right, !right, allocated, freed);
    return !right;
}
