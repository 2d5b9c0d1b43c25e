using TlsFsm.BogoShim.Exchange;
using TlsFsm.BogoShim.Flags;
using TlsFsm.BogoShim.Verdict;

namespace TlsFsm.BogoShim;

/// <summary>
/// The engine behind the shim protocol of BoringSSL's test runner: a TCP client always, a TLS client or server as told, one or more
/// connections.
/// </summary>
internal static class Shim
{
    /// <summary>Runs what the flags say.</summary>
    /// <returns>One of <see cref="ExitCode"/>. On success nothing is written to <paramref name="error"/>.</returns>
    public static int Run(IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        if (arguments is ["-is-handshaker-supported", ..])
        {
            output.WriteLine("No");
            return ExitCode.Success;
        }

        try
        {
            var (initial, resume) = CommandLine.Parse(arguments);
            var shared = new Shared();
            for (var i = 0; i <= initial.ResumeCount; i++)
            {
                var config = i == 0 ? initial : resume;
                ShimConnection.Run(config, shared, isResume: i > 0);
                shared.Time.PutForward(TimeSpan.FromSeconds(config.ResumptionDelay));
            }

            return ExitCode.Success;
        }
        catch (UnimplementedException missing)
        {
            error.WriteLine(missing.Message);
            return ExitCode.Unimplemented;
        }
        catch (TlsException failure)
        {
            error.WriteLine($"{ErrorTokens.Of(failure)} {failure.Message}");
            return ExitCode.Failure;
        }
        catch (MismatchException mismatch)
        {
            error.WriteLine(mismatch.Message);
            return ExitCode.Failure;
        }
    }
}
