/*
 * Whether two harnesses measure at the same time: each would disturb the other, and, pinned by the same policy, on the
 * very same CPU.
 *
 * A harness that measures listens on a socket in the abstract namespace, one of a few names, and knocks at all the
 * others.  The kernel takes such a socket back however its owner ends, any user may have one, and whoever was there
 * first finds the knock in its queue.  A place is taken before the others are knocked at, so that of two which begin
 * together both learn of it.  Another network namespace, as containers have one, is out of earshot.
 */
#define _GNU_SOURCE
#include "perf/driver/company.h"

#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PLACES = 16, KNOCKS_MAX = 16 };

/* The address of a place; returns its length. */
static socklen_t address_of(int number, struct sockaddr_un *address)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    int length = snprintf(address->sun_path + 1, sizeof address->sun_path - 1, "hakmem-lab-measures-%d", number);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
}

static int new_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* Takes the first free place; returns its number, or -1. */
static int take_place(int fd)
{
    struct sockaddr_un address;
    for (int number = 0; number < PLACES; number++) {
        socklen_t length = address_of(number, &address);
        if (bind(fd, (struct sockaddr *)&address, length) == 0)
            return listen(fd, KNOCKS_MAX) == 0 ? number : -1;
    }
    return -1;
}

static bool knock(int number)
{
    struct sockaddr_un address;
    socklen_t length = address_of(number, &address);
    int fd = new_socket();
    bool answered = fd >= 0 && connect(fd, (struct sockaddr *)&address, length) == 0;
    if (fd >= 0)
        close(fd);
    return answered;
}

void company_begin(struct company *company)
{
    *company = (struct company){.place = new_socket()};
    int own = company->place < 0 ? -1 : take_place(company->place);
    if (own < 0) {
        company_end(company);
        return;
    }
    for (int number = 0; number < PLACES; number++)
        if (number != own && knock(number))
            company->met = true;
}

bool company_met(struct company *company)
{
    int visitor = company->place < 0 ? -1 : accept4(company->place, NULL, NULL, SOCK_CLOEXEC);
    if (visitor >= 0)
        close(visitor);
    company->met = company->met || visitor >= 0;
    return company->met;
}

void company_end(struct company *company)
{
    if (company->place >= 0)
        close(company->place);
    company->place = -1;
}
