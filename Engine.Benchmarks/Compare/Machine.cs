using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace TlsFsm.Benchmarks.Compare;

internal static class Machine
{
    /// <summary>Processor, operating system, run-time, libraries.</summary>
    public static string Describe()
    {
        var openSsl = OperatingSystem.IsLinux() ? $", OpenSSL {Version(SafeEvpPKeyHandle.OpenSslVersion)}" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Processor()}, {Environment.ProcessorCount} logical processors, {RuntimeInformation.OSDescription}, "
            + $"{RuntimeInformation.FrameworkDescription}{openSsl}");
    }

    /// <summary>OpenSSL's number: major, minor and patch in the bits from 28, 20 and 4 on.</summary>
    private static string Version(long number) => $"{number >> 28}.{(number >> 20) & 0xFF}.{(number >> 4) & 0xFF}";

    private static string Processor()
    {
        const string Facts = "/proc/cpuinfo";
        var line = File.Exists(Facts)
            ? File.ReadLines(Facts).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
