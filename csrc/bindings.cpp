// The only file that knows Python. For each device and type there is a table of the operators that have a kernel there
// (cpu_float32, cuda_float64, ...; cpu_int64 for those of row numbers). An operator takes the fields of its struct by keyword:
// arrays by address, which pyexplain/ops checks before, sizes and numbers as they are.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <iterator>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include "adam.hpp"
#include "attention.hpp"
#include "counterfactual.hpp"
#include "first_entries.hpp"
#include "head.hpp"
#include "kept_head.hpp"
#include "machine.hpp"
#include "pairs.hpp"
#include "perturbation.hpp"
#include "solve_widening.hpp"
#include "sparse.hpp"
#if defined(PYEXPLAIN_EMULATED)
#include "emulated/running.hpp"
#endif

namespace py = pybind11;
namespace cpu = pyexplain::cpu;
namespace cuda = pyexplain::cuda;

namespace {

template <typename Field, typename = void>
struct IsView : std::false_type {};
template <typename Field>
struct IsView<Field, std::void_t<decltype(Field::is_view)>> : std::true_type {};

// The names of a struct's fields, in their order; see PX_FIELDS.
class Names {
 public:
  template <typename... Fields>
  void operator()(const char* list, Fields&... fields) {
    std::istringstream words(list);
    (add(words, fields), ...);
  }
  std::vector<py::str> found;

 private:
  template <typename Field>
  void add(std::istringstream& words, Field& field) {
    std::string name;
    std::getline(words >> std::ws, name, ',');
    if constexpr (std::is_class_v<Field>) {
      const std::string outer = prefix_;
      if (IsView<Field>::value) prefix_ += name + "_";
      field.fields(*this);
      prefix_ = outer;
    } else {
      found.emplace_back(prefix_ + name);
    }
  }

  std::string prefix_;
};

// Fills the fields of a struct from keywords, in the order of their names; done() refuses those that nobody asked for.
class Values {
 public:
  Values(const std::vector<py::str>& names, const py::kwargs& given) : names_(names), given_(given) {}

  template <typename... Fields>
  void operator()(const char*, Fields&... fields) {
    (fill(fields), ...);
  }
  template <typename Field>
  void fill(Field& field) {
    if constexpr (std::is_class_v<Field>) {
      field.fields(*this);
    } else if constexpr (std::is_pointer_v<Field>) {
      field = reinterpret_cast<Field>(next().cast<std::uintptr_t>());
    } else if constexpr (std::is_floating_point_v<Field>) {
      field = static_cast<Field>(next().cast<double>());
    } else {
      field = next().cast<Field>();
    }
  }
  void done() const {
    if (at_ != given_.size()) throw py::type_error("the native function was called with names that it does not know");
  }

 private:
  py::handle next() {
    const py::str& name = names_[at_++];
    PyObject* found = PyDict_GetItemWithError(given_.ptr(), name.ptr());
    if (!found) throw py::type_error("the native function was called without " + std::string(name));
    return found;
  }

  const std::vector<py::str>& names_;
  const py::kwargs& given_;
  std::size_t at_ = 0;
};

// Reads the struct, and on the GPU the stream; lets go of the interpreter; runs.
template <typename Result, typename Struct, typename... Stream>
void bind(py::module_& table, const char* name, Result (*run)(const Struct&, Stream...)) {
  Names names;
  Struct().fields(names);
  if (sizeof...(Stream) > 0) names.found.emplace_back("stream");
  table.def(name, [run, names = std::move(names.found)](const py::kwargs& given) {
    Struct arguments{};
    void* stream = nullptr;
    Values values(names, given);
    arguments.fields(values);
    if (sizeof...(Stream) > 0) values.fill(stream);
    values.done();
    py::gil_scoped_release release;
    return run(arguments, static_cast<Stream>(stream)...);
  });
}

template <typename T>
void bind_cpu(py::module_ on) {
  bind(on, "adam_perturbation_step", &cpu::adam_perturbation_step<T>);
  bind(on, "adam_rows", &cpu::adam_rows<T>);
  bind(on, "adam_tables", &cpu::adam_tables<T>);
  bind(on, "add_sparse_product", &cpu::add_sparse_product<T>);
  bind(on, "adversarial_step", &cpu::adversarial_step<T>);
  bind(on, "attention", &cpu::attention<T>);
  bind(on, "attention_backward", &cpu::attention_backward<T>);
  bind(on, "bpr_loss", &cpu::bpr_loss<T>);
  bind(on, "cheapest_flip", &cpu::cheapest_flip<T>);
  bind(on, "cheapest_within", &cpu::cheapest_within<T>);
  bind(on, "counterfactual_step", &cpu::counterfactual_step<T>);
  bind(on, "dropout", &cpu::dropout<T>);
  bind(on, "dropout_terms", &cpu::dropout_terms<T>);
  bind(on, "group_entries", &cpu::group_entries<T>);
  bind(on, "group_sums", &cpu::group_sums<T>);
  bind(on, "grouped_batches", &cpu::grouped_batches<T>);
  bind(on, "head_gradients", &cpu::head_gradients<T>);
  bind(on, "head_scores", &cpu::head_scores<T>);
  bind(on, "hidden_slopes", &cpu::hidden_slopes<T>);
  bind(on, "joined_pairs", &cpu::joined_pairs<T>);
  bind(on, "kept_head", &cpu::kept_head<T>);
  bind(on, "kept_head_backward", &cpu::kept_head_backward<T>);
  bind(on, "matched_products", &cpu::matched_products<T>);
  bind(on, "matched_slopes", &cpu::matched_slopes<T>);
  bind(on, "pair_features", &cpu::pair_features<T>);
  bind(on, "pair_features_backward", &cpu::pair_features_backward<T>);
  bind(on, "pair_products", &cpu::pair_products<T>);
  bind(on, "pair_training", &cpu::pair_training<T>);
  bind(on, "sampled_matches", &cpu::sampled_matches<T>);
  bind(on, "sampled_product", &cpu::sampled_product<T>);
  bind(on, "select_rows", &cpu::select_rows<T>);
  bind(on, "solve_narrow", &cpu::solve_narrow<T>);
  bind(on, "solve_narrow_inputs", &cpu::solve_narrow_inputs<T>);
  bind(on, "steepest_entries", &cpu::steepest_entries<T>);
  bind(on, "within_reach", &cpu::within_reach<T>);
}

#if defined(PYEXPLAIN_HAS_CUDA) || defined(PYEXPLAIN_EMULATED)
template <typename T>
void bind_cuda(py::module_ on) {
  bind(on, "adam_perturbation_step", &cuda::adam_perturbation_step<T>);
  bind(on, "adam_rows", &cuda::adam_rows<T>);
  bind(on, "adam_tables", &cuda::adam_tables<T>);
  bind(on, "adversarial_step", &cuda::adversarial_step<T>);
  bind(on, "bpr_loss", &cuda::bpr_loss<T>);
  bind(on, "counterfactual_step", &cuda::counterfactual_step<T>);
  bind(on, "dropout", &cuda::dropout<T>);
  bind(on, "dropout_terms", &cuda::dropout_terms<T>);
  bind(on, "first_entries", &cuda::first_entries<T>);
  bind(on, "head_gradients", &cuda::head_gradients<T>);
  bind(on, "head_scores", &cuda::head_scores<T>);
  bind(on, "hidden_slopes", &cuda::hidden_slopes<T>);
  bind(on, "pair_features", &cuda::pair_features<T>);
  bind(on, "pair_features_backward", &cuda::pair_features_backward<T>);
  bind(on, "pair_products", &cuda::pair_products<T>);
  bind(on, "sampled_product", &cuda::sampled_product<T>);
  bind(on, "solve_narrow", &cuda::solve_narrow<T>);
  bind(on, "solve_narrow_inputs", &cuda::solve_narrow_inputs<T>);
  bind(on, "solve_widening", &cuda::solve_widening<T>);
  bind(on, "steepest_entries", &cuda::steepest_entries<T>);
}
#endif

#if !defined(PYEXPLAIN_EMULATED)
// For the tests that hold the solver in plain torch to the same numbers.
py::dict solver_constants() {
  namespace narrow = pyexplain::narrow;
  py::dict constants;
  constants["FLIPPED"] = narrow::kFlipped;
  constants["CHEAPER"] = narrow::kCheaper;
  constants["FULL_STEPS"] = narrow::kFullSteps;
  constants["STEPS_FROM_A_FLIP"] = narrow::kStepsFromAFlip;
  constants["MOST_ROUNDS"] = narrow::kMostRounds;
  constants["HALVINGS"] = narrow::kHalvings;
  constants["SHARES"] = py::tuple(py::cast(std::vector<double>(std::begin(narrow::kShares), std::end(narrow::kShares))));
  return constants;
}
#endif

}  // namespace

#if defined(PYEXPLAIN_EMULATED)
// For tests: the tables of the GPU alone, whose kernels run on the processor.
PYBIND11_MODULE(_emulated, m) {
  namespace emulated = pyexplain::emulated;
  m.doc() = "The CUDA kernels of pyexplain on a processor. See docs/native.md.";
  bind_cuda<float>(m.def_submodule("cuda_float32"));
  bind_cuda<double>(m.def_submodule("cuda_float64"));
  m.def("schedule", &emulated::schedule);
  m.def("look_for_races", &emulated::look_for_races);
  m.def("take_launches", &emulated::take_launches);
}
#else
PYBIND11_MODULE(_native, m) {
  m.doc() = "Operators of pyexplain: arrays by address. Use pyexplain.ops, which checks them.";
  m.attr("interface") = 15;  // raised whenever an operator's name or fields change: pyexplain/ops/native.py wants the same
  bind_cpu<float>(m.def_submodule("cpu_float32"));
  bind_cpu<double>(m.def_submodule("cpu_float64"));
  py::module_ numbers = m.def_submodule("cpu_int64");
  bind(numbers, "group_places", &cpu::group_places);
  bind(numbers, "group_rows", &cpu::group_rows);
#if defined(PYEXPLAIN_HAS_CUDA)
  bind_cuda<float>(m.def_submodule("cuda_float32"));
  bind_cuda<double>(m.def_submodule("cuda_float64"));
  m.attr("cuda_architectures") = PYEXPLAIN_CUDA_ARCHITECTURES;
#else
  m.attr("cuda_architectures") = "";
#endif
  m.def("threads", &cpu::threads);
  m.def("instruction_set", &cpu::instruction_set);
  m.def("vendor", &cpu::vendor);
  m.def("large_pages", &cpu::large_pages);
  m.attr("solver_constants") = solver_constants();
  m.attr("version") = PYEXPLAIN_VERSION;
  m.attr("compiler") = __VERSION__;
#if defined(_OPENMP)
  m.attr("openmp") = true;
#else
  m.attr("openmp") = false;
#endif
}
#endif
