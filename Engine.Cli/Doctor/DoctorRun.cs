using TlsFsm.Cli.Arguments;
using TlsFsm.Cli.Failures;
using TlsFsm.Cli.Reporting;

namespace TlsFsm.Cli.Doctor;

/// <summary>One run of <c>doctor</c>.</summary>
internal sealed class DoctorRun(Terminal terminal, HostPort peer, DoctorOptions options, bool isJson)
{
    /// <summary>The file for a page with the report; null for none.</summary>
    public string? Report { get; init; }

    /// <summary>Examines the server and prints what was found.</summary>
    /// <returns><see cref="ExitCode.Ok"/>, or <see cref="ExitCode.Tls"/> with a problem that clients refuse the server for.</returns>
    public async Task<ExitCode> RunAsync(CancellationToken cancellationToken)
    {
        CheckOptions();
        var survey = new Survey(new Prober(peer, options), options, about => terminal.Say($"asking for {about} ..."));
        try
        {
            var diagnosis = await survey.RunAsync(peer.ToString(), cancellationToken);
            if (isJson)
                await terminal.Out.WriteLineAsync(DiagnosisJson.Write(diagnosis));
            else
                new DoctorReport(terminal).Print(diagnosis);
            if (Report is { } file)
                ReportPage.Save(file, DoctorPage.Write(diagnosis));
            return diagnosis.HasProblem ? ExitCode.Tls : ExitCode.Ok;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCode.Cancelled;
        }
    }

    /// <summary>What the parser cannot know (a name that is no host name) is wrong before anything goes to the network.</summary>
    private void CheckOptions()
    {
        try
        {
            BouncyCastleCore.CreateClient(
                new TlsClientOptions { TargetHost = options.ServerName, ApplicationProtocols = options.ApplicationProtocols }).Dispose();
        }
        catch (ArgumentException exception)
        {
            throw new CliException(Failure.Explain(exception), ExitCode.Usage, exception);
        }
    }
}
