// SPDX-License-Identifier: MIT
// cut-model: the command line.
#include <CLI/CLI.hpp>
#include <charconv>
#include <exception>
#include <functional>
#include <iostream>

#include "cuttranslate/error.hpp"
#include "cuttranslate/version.hpp"
#include "tool/commands.hpp"
#include "tool/help_texts.hpp"

namespace cut::tool {
namespace {

// Exit statuses.
constexpr int failed = 1;
constexpr int usageError = 2;

Size sizeFromText(const std::string& text) {
  Size size;
  const char* end = text.data() + text.size();
  const auto width = std::from_chars(text.data(), end, size.width);
  const bool hasSeparator = width.ec == std::errc() && width.ptr != end && *width.ptr == 'x';
  if (hasSeparator) {
    const auto height = std::from_chars(width.ptr + 1, end, size.height);
    constexpr int largest = 65536;
    const bool inRange =
        size.width >= 1 && size.width <= largest && size.height >= 1 && size.height <= largest;
    if (height.ec == std::errc() && height.ptr == end && inRange) return size;
  }
  throw CLI::ValidationError("--size",
                             "'" + text + "' is not a frame size; expected WIDTHxHEIGHT, such as 640x360");
}

// Adds an option whose value `set` parses. An Error of `set` becomes a usage error, with exit status 2.
void addParsed(CLI::App& command, const std::string& name, const std::string& description,
               const std::string& shownDefault, std::function<void(const std::string&)> set) {
  command
      .add_option_function<std::string>(
          name,
          [name, set = std::move(set)](const std::string& value) {
            try {
              set(value);
            } catch (const Error& error) {
              throw CLI::ValidationError(name, error.what());
            }
          },
          description)
      ->default_str(shownDefault);
}

void addEngine(CLI::App& command, EngineOptions& options) {
  const auto checked = [&options](std::string EngineOptions::*field) {
    return [&options, field](const std::string& value) {
      options.*field = value;
      options.validate();
    };
  };
  addParsed(command, "--engine", "auto, cpu or torch", options.engine, checked(&EngineOptions::engine));
  addParsed(command, "--device", "auto, cpu, cuda or cuda:N", options.device,
            checked(&EngineOptions::device));
  command.add_option("--threads", options.threads, "on the CPU; 0: as many as the process may use")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
}

using Run = std::function<void()>;

void addInspect(CLI::App& app, InspectRequest& request, Run& run) {
  CLI::App& command = *app.add_subcommand("inspect", help::inspect);
  command.footer(help::inspectMore);
  command.add_option("FILE", request.file, "a .pt, .pth or .safetensors file")->required();
  command.add_flag_callback(
      "--json", [&request] { request.format = Format::json; }, "print JSON");
  addParsed(command, "--size", "the frame size for which the compute is counted, WIDTHxHEIGHT", "256x256",
            [&request](const std::string& text) { request.size = sizeFromText(text); });
  command.add_flag_callback(
      "--allow-code", [&request] { request.code = Code::tell; },
      "inspect a TorchScript program, too; nothing is executed");
  command.callback([&] { run = [&request] { inspect(request, std::cout); }; });
}

void checkTarget(const ConvertRequest& request) {
  const std::string extension = lowerSuffix(request.to);
  if (extension != ".pt" && extension != ".pth" && extension != ".safetensors" && extension != ".onnx")
    throw CLI::ValidationError("OUT",
                               "'" + request.to.string() + "' must end in .pt, .pth, .safetensors or .onnx");
  if (extension == ".pth" && (request.licence || request.attribution || request.origin))
    throw CLI::ValidationError(
        "OUT",
        "a .pth holds weights alone; --licence, --attribution and --origin need another "
        "format");
}

void addConvert(CLI::App& app, ConvertRequest& request, Run& run) {
  CLI::App& command = *app.add_subcommand("convert", help::convert);
  command.footer(help::convertMore);
  command.add_option("IN", request.from, "a .pt, .pth or .safetensors file")->required();
  command.add_option("OUT", request.to, "the file to write: .pt, .pth, .safetensors or .onnx")->required();
  command.add_option("--licence", request.licence, "of the weights, such as CC-BY-4.0 (an SPDX expression)");
  command.add_option("--attribution", request.attribution, "whom to name");
  command.add_option("--origin", request.origin, "how the weights came to be: program, command, data");
  command.add_flag_callback(
      "--no-sample", [&request] { request.sample = SampleChoice::leaveOut; },
      "write no sample; needs no engine");
  request.engine.device = "cpu";
  request.engine.precision = Precision::fp32;
  addEngine(command, request.engine);
  command.callback([&] {
    checkTarget(request);
    run = [&request] { convert(request, std::cout); };
  });
}

void addQuantize(CLI::App& app, QuantizeRequest& request, Run& run) {
  CLI::App& command = *app.add_subcommand("quantize", help::quantize);
  command.footer(help::quantizeMore);
  command.add_option("MODEL", request.model, "a .pt, .pth or .safetensors file")->required();
  command.add_option("FRAMES", request.frames, "pictures, or folders of pictures")->required();
  command.add_option("--output", request.to, "the .pt to write; MODEL itself by default");
  command.add_option("--most", request.mostFrames, "at most this many frames")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command.add_flag("--all-layers", request.allLayers,
                   "int8 in every layer that supports it, whatever the PSNR");
  command.add_option("--threads", request.threads, "0: as many as the process may use")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  command.callback([&] {
    if (request.to && lowerSuffix(*request.to) != ".pt")
      throw CLI::ValidationError("--output", "'" + request.to->string() + "' must end in .pt");
    run = [&request] { quantize(request, std::cout); };
  });
}

void addVerify(CLI::App& app, VerifyRequest& request, Run& run) {
  CLI::App& command = *app.add_subcommand("verify", help::verify);
  command.footer(help::verifyMore);
  command.add_option("FILE", request.file, "a .pt file with a sample")->required();
  addEngine(command, request.engine);
  addParsed(command, "--precision", "auto, fp32, tf32, fp16, bf16 or int8", "auto",
            [&request](const std::string& name) { request.engine.precision = precisionFromName(name); });
  command.callback([&] { run = [&request] { verify(request, std::cout); }; });
}

std::string usageMessage(const CLI::App* /*app*/, const CLI::Error& error) {
  return std::string("cut-model: ") + error.what() + "\nSee cut-model --help.\n";
}

int runCommandLine(int argc, char** argv) {
  CLI::App app(help::program, "cut-model");
  app.footer(help::programMore);
  app.set_version_flag("--version", "cut-model " CUT_VERSION);
  app.require_subcommand(1);
  app.failure_message(usageMessage);
  app.get_formatter()->column_width(28);
  InspectRequest inspectRequest;
  ConvertRequest convertRequest;
  QuantizeRequest quantizeRequest;
  VerifyRequest verifyRequest;
  Run run;
  addInspect(app, inspectRequest, run);
  addConvert(app, convertRequest, run);
  addQuantize(app, quantizeRequest, run);
  addVerify(app, verifyRequest, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : usageError;
  }
  run();
  if (!std::cout.flush()) throw Error(ErrorKind::io, "the output cannot be written");
  return 0;
}

}  // namespace
}  // namespace cut::tool

int main(int argc, char** argv) {
  try {
    return cut::tool::runCommandLine(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "cut-model: " << error.what() << '\n';
  }
  return cut::tool::failed;
}
