using System.Runtime.Versioning;
using System.Security.Cryptography;
using TlsFsm.Abstractions.Sessions;
using TlsFsm.Cli.Failures;
using TlsFsm.Core.Sessions;

namespace TlsFsm.Cli.Connecting;

/// <summary>
/// One session of a client in a file, as <c>openssl s_client -sess_in</c> and <c>-sess_out</c> together: what the last connection was given
/// is offered by the next. A session of TLS 1.3 is gone from the file once it was offered.
/// </summary>
internal sealed class SessionFile : ITlsSessionCache
{
    private const string Label = "TLSFSM SESSION";
    private const string Note =
        "Secret: whoever can read this can resume the session, and pretend to be either side of it. Made by tlsfsm connect --session.\n";

    // A session is some hundred bytes, and the server's chain.
    private const long MaxSize = 4 << 20;

    private readonly string _path;
    private readonly Terminal _terminal;
    private readonly Lock _lock = new();

    [UnsupportedOSPlatformGuard("windows")]
    private readonly bool _hasModes;

    private bool _wasRead;
    private TlsSavedSession? _read;
    private TlsSavedSession? _newest;
    private bool _wasOffered;
    private bool _isTakenBack;

    private SessionFile(string path, Terminal terminal, bool hasModes)
    {
        (_path, _terminal, _hasModes) = (path, terminal, hasModes);
    }

    /// <summary>Reads the file if it is there; what it has and cannot be used is told.</summary>
    /// <exception cref="CliException">The file is there and cannot be read, or its folder is not: nothing could be kept.</exception>
    public static SessionFile Open(string path, Terminal terminal) => Open(path, terminal, hasModes: !OperatingSystem.IsWindows());

    /// <summary>The same on a system whose files have modes, or have none.</summary>
    internal static SessionFile Open(string path, Terminal terminal, bool hasModes)
    {
        try
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(path));
            if (Directory.Exists(path) || !Directory.Exists(folder))
                throw new CliException($"--session: '{path}' is not a file in a folder that is there", ExitCode.Io);

            var file = new SessionFile(path, terminal, hasModes);
            if (File.Exists(path))
                file.Read();
            return file;
        }
        catch (Exception exception) when (IsOfFiles(exception))
        {
            throw new CliException($"--session: '{path}' cannot be read: {exception.Message}", ExitCode.Io, exception);
        }
    }

    /// <summary>Lets go of what these options cannot resume, and says so.</summary>
    public void CheckAgainst(TlsClientOptions options)
    {
        if (_read is not { } session)
            return;

        var reason = session.Key != SessionBinding.Of(options)
                ? "is with another server, or was made under other settings (trust, versions, suites, client certificate)"
            : session.ExpiresAt <= options.TimeProvider.GetUtcNow() ? $"has expired at {session.ExpiresAt:u}"
            : null;
        if (reason is null)
            return;

        _terminal.Complain($"--session: the session in '{_path}' {reason}: the handshake will be a full one");
        session.Forget();
        _read = null;
    }

    /// <summary>Says what has become of the session, once the handshake has finished.</summary>
    public void Tell(TlsSessionInfo session)
    {
        if (session.IsResumed)
            _terminal.Say($"session resumed from '{_path}'");
        else if (_wasOffered)
            _terminal.Complain($"--session: the server has not resumed the session in '{_path}': the handshake was a full one");
    }

    /// <summary>Writes what the connection was given; takes away what it has used up, or failed with.</summary>
    /// <exception cref="CliException">The file cannot be written.</exception>
    public void Save()
    {
        lock (_lock)
        {
            try
            {
                if (_newest is { IsUsable: true } session)
                    Write(session);
                else if (_wasRead && (_isTakenBack || (_wasOffered && _read is not { IsUsable: true })))
                    File.Delete(_path);
            }
            catch (Exception exception) when (IsOfFiles(exception))
            {
                throw new CliException($"--session: '{_path}' cannot be written: {exception.Message}", ExitCode.Io, exception);
            }
        }
    }

    public void Add(TlsSavedSession session)
    {
        lock (_lock)
            _newest = session;
    }

    public TlsSavedSession? Take(string key, Guid? origin)
    {
        lock (_lock)
        {
            if (_read is not { IsUsable: true } session || session.Key != key || (origin is not null && session.Origin != origin))
                return null;

            _wasOffered = true;
            return session;
        }
    }

    public void Remove(TlsSavedSession session)
    {
        lock (_lock)
            _isTakenBack |= session == _read;
    }

    private void Read()
    {
        if (_hasModes && (File.GetUnixFileMode(_path) & Others) != 0)
            _terminal.Complain($"warning: --session: '{_path}' is open to other users of this machine, and holds a secret");

        _read = new FileInfo(_path).Length <= MaxSize ? Parse(File.ReadAllText(_path)) : null;
        _wasRead = _read is not null;
        if (_read is null)
            _terminal.Complain(
                $"--session: '{_path}' is damaged, or of another version of this tool: the handshake will be a full one");
    }

    private static TlsSavedSession? Parse(string text)
    {
        if (!PemEncoding.TryFind(text, out var fields) || text[fields.Label] != Label)
            return null;

        var bytes = Convert.FromBase64String(text[fields.Base64Data]);
        if (bytes.Length < SHA256.HashSizeInBytes
            || !SHA256.HashData(bytes.AsSpan(SHA256.HashSizeInBytes)).AsSpan().SequenceEqual(bytes.AsSpan(0, SHA256.HashSizeInBytes)))
            return null;

        var session = SavedSessionState.Read(bytes[SHA256.HashSizeInBytes..]);
        CryptographicOperations.ZeroMemory(bytes);
        return session;
    }

    /// <summary>In one step, and readable by its owner alone from the beginning.</summary>
    private void Write(TlsSavedSession session)
    {
        var state = session.Export();
        var text = Note + PemEncoding.WriteString(Label, [.. SHA256.HashData(state), .. state]) + "\n";
        CryptographicOperations.ZeroMemory(state);

        var draft = $"{_path}.{Environment.ProcessId}.new";
        var how = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (_hasModes)
            how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            using (var writer = new StreamWriter(draft, how))
                writer.Write(text);
            File.Move(draft, _path, overwrite: true);
        }
        catch
        {
            File.Delete(draft);
            throw;
        }
    }

    private static bool IsOfFiles(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException;

    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
}
