using System.Globalization;
using System.Runtime.InteropServices;

namespace TlsFsm.Benchmarks.Compare;

internal static class Machine
{
    /// <summary>Processor, operating system, run-time, libraries.</summary>
    public static string Describe()
    {
        var openSsl = OperatingSystem.IsLinux() ? $", OpenSSL {System.Security.Cryptography.SafeEvpPKeyHandle.OpenSslVersion >> 28}.{(System.Security.Cryptography.SafeEvpPKeyHandle.OpenSslVersion >> 20) & 0xFF}.{(System.Security.Cryptography.SafeEvpPKeyHandle.OpenSslVersion >> 4) & 0xFF}" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Processor()}, {Environment.ProcessorCount} logical processors, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}{openSsl}");
    }

    private static string Processor()
    {
        const string Facts = "/proc/cpuinfo";
        var line = File.Exists(Facts) ? File.ReadLines(Facts).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
