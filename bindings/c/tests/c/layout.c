/* Prints what compiled programs depend on, for comparison with tests/layout.txt. On machines with pointers of 64 bits. */

#include <bailiwick.h>
#include <stdio.h>

#define TYPE(type) printf("%s: %zu bytes\n", #type, sizeof(type))
#define FIELD(type, field) printf("%s.%s: %zu at %zu\n", #type, #field, sizeof(((type *)0)->field), offsetof(type, field))
#define VALUE(name) printf("%s = %d\n", #name, (int)name)

int main(void) {
    TYPE(bailiwick_str);
    FIELD(bailiwick_str, ptr);
    FIELD(bailiwick_str, len);
    TYPE(bailiwick_region);
    FIELD(bailiwick_region, code);
    TYPE(bailiwick_decision);
    FIELD(bailiwick_decision, kind);
    FIELD(bailiwick_decision, admits);
    FIELD(bailiwick_decision, reserved);
    FIELD(bailiwick_decision, opaque);
    VALUE(BAILIWICK_ABI_VERSION);
    VALUE(BAILIWICK_ALLOW);
    VALUE(BAILIWICK_BLOCK_PARTICIPANT);
    VALUE(BAILIWICK_KEEP_MEETING);
    VALUE(BAILIWICK_OK);
    VALUE(BAILIWICK_INVALID);
    VALUE(BAILIWICK_IO);
    VALUE(BAILIWICK_WIDER);
    VALUE(BAILIWICK_INTERNAL);
    return 0;
}
