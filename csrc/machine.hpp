// What the build and this processor have to offer.
#pragma once

#include <cstdint>

namespace pyexplain::cpu {

int threads();                  // of the OpenMP runtime, 1 without one
const char* instruction_set();  // the clone that the loader picked
const char* vendor();           // of the processor: "amd", "intel", or "other"

// Asks the system to keep this memory in large pages, and to move there what lies in it already; whether it agreed. A row that is
// read from anywhere in a table of many megabytes costs the processor a walk through the page tables for each small page.
bool large_pages(std::uintptr_t address, std::int64_t bytes);

}  // namespace pyexplain::cpu
