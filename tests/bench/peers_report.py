# SPDX-License-Identifier: MIT
"""What peers.py measured, as text."""


def report(results):
    where = results["machine"]
    cap = f", CUT_CPU_ISA={results['cap']} for the module cpu" if results["cap"] else ""
    print(f"\n{where['cpu']} (family {where['family']}, model {where['model']}; {', '.join(where['isa'])}{cap}), "
          f"{results['threads']} threads, load {where['load_at_start']:.1f} at the start")
    print(results["versions"])
    for size, result in results["sizes"].items():
        report_runs(f"{results['networks'][0]} with random weights, {size}", result, results)
    for size, result in results["light"].items():
        report_runs(f"the light model, {results['networks'][1]} with random weights, {size}", result, results)
    if "element beside the light model" in results:
        report_element(results["element beside the light model"])
    if "layers" in results:
        report_layers(results["layers"])


def report_runs(title, result, results):
    print(f"\n{title}. PSNR: the shipped model, worst frame")
    print(f"{'seconds per frame':23}   min  median     max  frames/s  processor    peak  first frame      PSNR")
    for label, row in result["contenders"].items():
        psnr = results["psnr"].get(label)
        quality = "truth" if label == "eager fp32" else "" if psnr is None else f"{psnr:.1f} dB"
        print(f"{label:20} {row['min']:8.4f} {row['median']:7.4f} {row['max']:7.4f}  {1 / row['median']:8.1f}  {row['processor']:9.3f}  "
              f"{row['peak_mib']:5.0f}M  {row['first_frame']:9.3f} s  {quality:>8}")
    report_blanks(result["blanks"])
    if result["ratios"]:
        print(f"\n{'times as fast, within a turn':40} median  standard error     min     max   by processor time")
    for name, ratio in result["ratios"].items():
        print(f"{name:40} {ratio['median']:6.2f}  ± {ratio['error']:.2f}          {ratio['min']:5.2f}   {ratio['max']:5.2f}   "
              f"{ratio['by processor time']['median']:5.2f} ± {ratio['by processor time']['error']:.2f}   ({ratio['of']} to {ratio['to']})")


def report_blanks(blanks):
    for label, reason in blanks.items():
        print(f"{label:20}        –  {reason}")


def report_element(element):
    if "blank" in element:
        print(f"\nthe element beside the light model: –  {element['blank']}")
    else:
        print(f"\nthe element beside the light model: {element['seconds'] * 1e6:.0f} us, "
              f"{element['share'] * 100:.2f} ± {element['error'] * 100:.2f} % of its frame")


def report_layers(layers):
    tables = layers["tables"]
    labels = list(tables)
    print("\nms of each layer, processor time over threads; x: the direct convolution's operations over it, of the peak")
    print(f"{'':28}" + "".join(f"{label:>20}" for label in labels))
    names = [row["layer"] for row in max((table["layers"] for table in tables.values()), key=len, default=[])]
    for name in names:
        print(f"{name:28}", end="")
        for label in labels:
            row = next((row for row in tables[label]["layers"] if row["layer"] == name), None)
            times = f"{row['times_peak']:5.2f} x" if row and "times_peak" in row else ""
            print(f"{row['ms']:12.2f} {times:7}" if row else f"{'':20}", end="")
        print()
    print(f"{'all convolutions':28}" + "".join(
        f"{table['convolutions']['ms']:12.2f} {table['convolutions']['times_peak']:5.2f} x" for table in tables.values()))
    print(f"{'the rest':28}" + "".join(f"{table['rest']['ms']:12.2f} {table['rest']['share'] * 100:5.1f} %" for table in tables.values()))
    print(f"{'peak of a thread, GFLOP/s':28}" + "".join(f"{table['peak_gflops_of_a_thread']:12.1f}        " for table in tables.values()))
    report_blanks(layers["blanks"])
