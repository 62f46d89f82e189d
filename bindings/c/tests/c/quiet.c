/* A decision, and what it is asked, allocates nothing. Counts what the library asks of malloc, and so runs without valgrind. */

#include "check.h"

#if !defined(__GLIBC__)
int main(void) {
    puts("quiet: not glibc, nothing counted");
    return 0;
}
#else

#include <netinet/in.h>

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

static size_t allocations = 0;

void *malloc(size_t size) { allocations++; return __libc_malloc(size); }
void *calloc(size_t count, size_t size) { allocations++; return __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { allocations++; return __libc_realloc(old, size); }
void *aligned_alloc(size_t alignment, size_t size) { allocations++; return __libc_memalign(alignment, size); }
int posix_memalign(void **out, size_t alignment, size_t size) {
    allocations++;
    *out = __libc_memalign(alignment, size);
    return *out == NULL;
}

int main(void) {
    bailiwick_atlas *atlas = atlas_of(GEO);
    bailiwick_policy *policy = policy_of(ORDERS, atlas);
    bailiwick_atlas_free(atlas);
    CHECK(allocations > 10);
    bailiwick_region host = region("US");
    bailiwick_str ids[2];
    char text[256];
    struct sockaddr_in socket;
    memset(&socket, 0, sizeof socket);
    socket.sin_family = AF_INET;
    const struct { const bailiwick_policy *policy; const char *meeting; size_t len; const uint8_t *address; } questions[] = {
        {policy, TEXT("vigil"), INSIDE}, {policy, TEXT("vigil"), OUTSIDE}, {policy, TEXT("other"), INSIDE},
        {policy, TEXT("\xff"), INSIDE}, {NULL, TEXT("vigil"), INSIDE}, {policy, TEXT("vigil"), NULL},
    };
    size_t notices = 0;
    for (size_t n = 0; n < sizeof questions / sizeof *questions; n++) {
        const bailiwick_policy *asked = questions[n].policy;
        bailiwick_decision decision;
        size_t before = allocations;
        bailiwick_decide(asked, questions[n].meeting, questions[n].len, TEXT("host-17"), questions[n].address, host, &decision);
        bailiwick_decide_at(asked, questions[n].meeting, questions[n].len, NULL, 0, questions[n].address, host, NOON, &decision);
        bailiwick_decision_orders(&decision, ids, 2);
        bailiwick_decision_domestic(&decision, ids);
        bailiwick_decision_unasked(&decision);
        notices += bailiwick_decision_notice(&decision, TEXT("de-AT, zh-Hant;q=0.75, fr;q=0"), text, sizeof text);
        bailiwick_decide_sockaddr(asked, questions[n].meeting, questions[n].len, NULL, 0, (void *)&socket, sizeof socket, host, &decision);
        size_t allocated = allocations - before;
        CHECK(allocated == 0);
    }
    CHECK(notices > 0);
    bailiwick_policy_free(policy);
    return finish("quiet");
}
#endif
