# The CUDA kernels compiled as C++: a module of their own that tests load (docs/native.md), and small kernels with planted faults.
# Built so that races.cpp hears of every access to memory (what -fsanitize=thread puts in; its own runtime is not linked), or, with
# PYEXPLAIN_SANITIZE, with AddressSanitizer.
file(GLOB KERNELS CONFIGURE_DEPENDS csrc/cuda/*.cu)
set(LAUNCHES csrc/emulated/launches.cpp csrc/emulated/switching.cpp)
set(PLANTED tests/emulated/planted.cu)
set_source_files_properties(${KERNELS} ${PLANTED} PROPERTIES LANGUAGE CXX)

function(as_on_a_processor target)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_include_directories(${target} BEFORE PRIVATE csrc/emulated csrc)
  target_compile_definitions(${target} PRIVATE PYEXPLAIN_EMULATED=1)
  target_compile_options(${target} PRIVATE -xc++ -O1 -Wall -Wno-unknown-pragmas)
endfunction()

# kernels, as objects: the compiler tells of each access
function(watched target)
  add_library(${target} OBJECT ${ARGN})
  as_on_a_processor(${target})
  target_compile_options(${target} PRIVATE -fsanitize=thread)
endfunction()

function(with_address_sanitizer target)
  target_compile_options(${target} PRIVATE -fsanitize=address -g)
  target_link_options(${target} PRIVATE -fsanitize=address)
endfunction()

if(PYEXPLAIN_SANITIZE)
  pybind11_add_module(_emulated MODULE NO_EXTRAS csrc/bindings.cpp ${LAUNCHES} ${KERNELS})
  as_on_a_processor(_emulated)
  with_address_sanitizer(_emulated)
else()
  watched(kernels ${KERNELS})
  add_library(emulation OBJECT ${LAUNCHES} csrc/emulated/races.cpp)
  as_on_a_processor(emulation)
  pybind11_add_module(_emulated MODULE NO_EXTRAS csrc/bindings.cpp)
  as_on_a_processor(_emulated)
  target_link_libraries(_emulated PRIVATE kernels emulation)

  # for the test that each planted fault is caught
  watched(planted_kernels ${PLANTED})
  add_executable(planted)
  target_link_libraries(planted PRIVATE planted_kernels emulation)
  set_target_properties(planted PROPERTIES LINKER_LANGUAGE CXX)
  add_executable(planted_asan ${PLANTED} ${LAUNCHES})
  as_on_a_processor(planted_asan)
  with_address_sanitizer(planted_asan)
  add_custom_target(emulated DEPENDS _emulated planted planted_asan)
endif()
