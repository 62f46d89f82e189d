// Handles as C++ holds them, and one decision.

#include <bailiwick.h>

#include <iostream>
#include <memory>
#include <string>

template <typename T, void (*free)(T *)>
struct Free {
    void operator()(T *handle) const { free(handle); }
};
using Atlas = std::unique_ptr<bailiwick_atlas, Free<bailiwick_atlas, bailiwick_atlas_free>>;
using Policy = std::unique_ptr<bailiwick_policy, Free<bailiwick_policy, bailiwick_policy_free>>;

int main() {
    const std::string orders = "[[orders]]\nid = \"cn-1\"\nissuer = \"CN\"\nstatus = \"in-force\"\nmeetings = [\"vigil\"]\n";
    bailiwick_atlas *opened = nullptr;
    if (bailiwick_atlas_open(nullptr, 0, 1, &opened, nullptr) != BAILIWICK_OK) return 1;
    const Atlas atlas(opened);
    bailiwick_policy *parsed = nullptr;
    if (bailiwick_policy_parse(orders.data(), orders.size(), atlas.get(), &parsed, nullptr) != BAILIWICK_OK) return 1;
    const Policy policy(parsed);
    const uint8_t address[16] = {};
    const bailiwick_region host = {};
    bailiwick_decision decision = {};
    bailiwick_decide(policy.get(), "vigil", 5, nullptr, 0, address, host, &decision);
    bailiwick_str id = {};
    const bool holds = decision.kind == BAILIWICK_KEEP_MEETING && bailiwick_decision_orders(&decision, &id, 1) == 1 &&
                       std::string(id.ptr, id.len) == "cn-1";
    std::cout << "cpp: " << (holds ? "the decision is right" : "WRONG") << '\n';
    return holds ? 0 : 1;
}
