using TlsFsm.Cli.Failures;

namespace TlsFsm.Cli.Serving;

/// <summary>A file with an OCSP response in DER, stapled as it is and again when it changes.</summary>
internal sealed class StapleFile
{
    private readonly string _path;
    private readonly Action<string> _complain;
    private byte[] _content;
    private byte[]? _refused;

    /// <param name="path">The file.</param>
    /// <param name="complain">Told when the file has become something else than a response; the old one is stapled on then.</param>
    /// <exception cref="CliException">The file cannot be read, or is no response that could be stapled.</exception>
    public StapleFile(string path, Action<string> complain)
    {
        _path = path;
        _complain = complain;
        try
        {
            _content = Read();
            Staple = new OcspStaple(_content);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new CliException($"--ocsp: '{path}': {exception.Message}", ExitCode.Usage, exception);
        }
        catch (ArgumentException exception)
        {
            throw new CliException($"--ocsp: '{path}': {Failure.Explain(exception)}", ExitCode.Usage, exception);
        }
    }

    /// <summary>What is stapled.</summary>
    public OcspStaple Staple { get; }

    /// <summary>Looks at the file again and again, until it is cancelled.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task WatchAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
                Look();
        }
        catch (OperationCanceledException)
        {
            // The server has stopped.
        }
    }

    /// <summary>Looks at the file once.</summary>
    public void Look()
    {
        try
        {
            var content = Read();
            if (content.AsSpan().SequenceEqual(_content))
                return;

            // Who writes the file may be in the middle of it: only what is wrong twice is told, and told once.
            try
            {
                Staple.Replace(content);
                _content = content;
                _refused = null;
            }
            catch (ArgumentException exception)
            {
                if (_refused is null || !_refused.AsSpan().SequenceEqual(content))
                {
                    _refused = content;
                    return;
                }

                _content = content;
                _complain($"warning: --ocsp: '{_path}': {Failure.Explain(exception)} The old response is stapled on.");
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is just being replaced, or will not come again: the old response is stapled until clients find it outdated.
        }
    }

    private byte[] Read()
    {
        using var file = File.OpenRead(_path);

        // One byte more than is allowed shows that it is too large.
        var content = new byte[OcspStaple.MaxSize + 1];
        var count = file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        return content[..count];
    }

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
}
