using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace TlsFsm.Benchmarks.Micro;

/// <summary>
/// Runs BenchmarkDotNet in this process: its own build of another one does not find a project whose assembly has another name.
/// </summary>
internal static class MicroRun
{
    public static int Run(string[] arguments)
    {
        var job = (arguments.Contains("--job") || arguments.Contains("-j") ? Job.Default : Job.ShortRun).WithToolchain(
            InProcessEmitToolchain.Instance);
        var config = DefaultConfig.Instance.AddJob(job.AsDefault());
        if (!arguments.Contains("--filter") && !arguments.Contains("-f"))
            arguments = [.. arguments, "--filter", "*"];

        var summaries = BenchmarkSwitcher.FromAssembly(typeof(MicroRun).Assembly).Run(arguments, config).ToList();
        return summaries.Count > 0
            && summaries.All(
                summary => summary is { HasCriticalValidationErrors: false } && summary.Reports.All(report => report.Success)) ? 0 : 1;
    }
}
