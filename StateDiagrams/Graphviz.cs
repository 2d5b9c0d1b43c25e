using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace TlsFsm.StateDiagrams;

/// <summary>The <c>dot</c> program, where it is installed.</summary>
internal static class Graphviz
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Draws; null where Graphviz is not installed.</summary>
    /// <exception cref="IOException">It is installed and failed; the message is its own.</exception>
    public static async Task<string?> TryDrawSvgAsync(string dot, CancellationToken cancellationToken)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo("dot", "-Tsvg")
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardInputEncoding = Utf8,
                StandardOutputEncoding = Utf8,
                UseShellExecute = false,
            },
        };
        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            return null;
        }

        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var complaint = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.StandardInput.WriteAsync(dot.AsMemory(), cancellationToken);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellationToken);

        // Warnings count as failures: they are about a drawing that nobody would see was wrong.
        if (process.ExitCode != 0 || (await complaint).Length > 0)
            throw new IOException($"Graphviz failed with exit code {process.ExitCode}: {(await complaint).Trim()}");

        return await output;
    }
}
