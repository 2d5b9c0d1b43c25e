using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using TlsFsm.Cli.Pem;
using TlsFsm.Cli.StartTls;

namespace TlsFsm.Cli.Arguments;

/// <summary>Options that more than one command has. Each call makes a new one.</summary>
internal static class CommonOptions
{
    /// <summary>The versions; <see cref="Versions"/> reads it.</summary>
    public static Option<SslProtocols?> Tls() => new("--tls")
    {
        Description = "The only TLS version allowed: 1.2 or 1.3. Default: both, the newer one wins.",
        HelpName = "1.2|1.3",
        CustomParser = static result => result.Tokens[0].Value switch
        {
            "1.2" => SslProtocols.Tls12,
            "1.3" => SslProtocols.Tls13,
            var other => Error<SslProtocols?>(result, $"--tls: '{other}' is not a version; use 1.2 or 1.3."),
        },
    };

    public static SslProtocols Versions(this ParseResult result, Option<SslProtocols?> tls) =>
        result.GetValue(tls) ?? SslProtocols.Tls12 | SslProtocols.Tls13;

    public static Option<IReadOnlyList<SslApplicationProtocol>> Alpn(string description) => new("--alpn")
    {
        Description = description,
        HelpName = "a,b",
        CustomParser = ParseAlpn,
        DefaultValueFactory = static _ => [],
    };

    /// <summary>Where a client connects to.</summary>
    public static Argument<HostPort> Peer(string description) => new("HOST:PORT")
    {
        Description = description,
        CustomParser = static result =>
            HostPort.TryParse(result.Tokens[0].Value, out var value, out var error) ? value : Error<HostPort>(result, error),
    };

    /// <summary>The protocol that TLS begins behind.</summary>
    public static Option<string?> StartTls() => new("--starttls")
    {
        Description = $"Ask for TLS in the words of a protocol that begins in the clear: {string.Join(", ", StartTlsRoads.All.Keys)}.",
        HelpName = "protocol",
        CustomParser = static result => StartTlsRoads.All.ContainsKey(result.Tokens[0].Value)
            ? result.Tokens[0].Value
            : Error<string>(
                result, $"--starttls: '{result.Tokens[0].Value}' is none of {string.Join(", ", StartTlsRoads.All.Keys)}."),
    };

    /// <summary>An HTTP proxy to go through.</summary>
    public static Option<HostPort?> Proxy() => new("--proxy")
    {
        Description = "Go through this HTTP proxy, by CONNECT.",
        HelpName = "host:port",
        CustomParser = static result =>
            HostPort.TryParse(result.Tokens[0].Value, out var value, out var error) ? value : Error<HostPort>(result, $"--proxy: {error}"),
    };

    /// <summary>The file of a page about the run.</summary>
    public static Option<string?> Report(string description) => new("--report")
    {
        Description = description,
        HelpName = "file.html",

        // Known now, not when the connection is over.
        CustomParser = static result => result.Tokens[0].Value is { Length: > 0 } path && !Directory.Exists(path)
            ? path
            : Error<string>(result, $"--report: '{result.Tokens[0].Value}' is not the name of a file."),
    };

    public static Option<string?> ServerName() => new("--servername")
    {
        Description = "The name that the certificate must be for, and that is asked for (SNI). Default: HOST.",
        HelpName = "name",
    };

    public static Option<string?> Roots() => new("--cafile")
    {
        Description = "PEM file with the roots to trust. Default: the system's.",
        HelpName = "file",
    };

    public static Option<bool> Brief() => new("--brief")
    {
        Description = "Print in one block what each handshake has settled, to stderr.",
    };

    /// <summary>A certificate and its key come together, and a password is a key's.</summary>
    public static void CheckPair(CommandResult result, Option certificate, Option key, Option password)
    {
        if ((result.GetResult(certificate) is null) != (result.GetResult(key) is null))
            result.AddError("--cert and --key belong together.");
        if (result.IsGiven(password) && result.GetResult(key) is null)
            result.AddError($"{password.Name} is for an encrypted --key, and there is none.");
    }

    /// <summary>Whether an option stands on the command line.</summary>
    public static bool IsGiven(this CommandResult result, Option option) => result.GetResult(option) is { Implicit: false };

    public static Option<bool> Trace() => new("--trace")
    {
        Description = "Print every step of both state machines, and what was negotiated, to stderr.",
    };

    public static Option<bool> Messages() => new("--msg")
    {
        Description = "Print a line for each handshake message, alert and change_cipher_spec, sent (>>>) and received (<<<), to stderr.",
    };

    public static Option<bool> MessageBytes() => new("--msg-hex")
    {
        Description = "As --msg, with the bytes of each message: what is encrypted on the wire (certificates, tickets) is in clear there.",
    };

    public static Option<string?> Certificate(string description) => new("--cert") { Description = description, HelpName = "file" };

    public static Option<string?> Key() => new("--key")
    {
        Description = "PEM file with the private key of --cert.",
        HelpName = "file",
    };

    /// <summary>Where the password of encrypted keys is; <see cref="Password.Read"/> fetches it.</summary>
    public static Option<string?> PasswordSource() => new(Password.Option)
    {
        Description = "Where the password of an encrypted --key is: in an environment variable, or in the first line of a file.",
        HelpName = "env:name|file:path",
    };

    /// <summary>A number of seconds, fractions allowed.</summary>
    public static Option<double> Seconds(string name, double defaultValue, string description) => new(name)
    {
        Description = description,
        HelpName = "seconds",
        CustomParser = result =>
            double.TryParse(result.Tokens[0].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) &&
            seconds is >= MinSeconds and <= MaxSeconds
                ? seconds
                : Error<double>(
                    result, $"{name}: '{result.Tokens[0].Value}' is not a number of seconds from {MinSeconds} to {MaxSeconds}."),
        DefaultValueFactory = _ => defaultValue,
    };

    /// <summary>A whole number within a range.</summary>
    public static Option<int> Number(
        string name, string helpName, int minimum, int maximum, int defaultValue, string description) => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = result =>
            int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) &&
            number >= minimum && number <= maximum
                ? number
                : Error<int>(result, $"{name}: '{result.Tokens[0].Value}' is not a whole number from {minimum} to {maximum}."),
        DefaultValueFactory = _ => defaultValue,
    };

    /// <summary>Notes what is wrong with an argument.</summary>
    public static T? Error<T>(ArgumentResult result, string message)
    {
        result.AddError(message);
        return default;
    }

    private static List<SslApplicationProtocol>? ParseAlpn(ArgumentResult result)
    {
        var protocols = new List<SslApplicationProtocol>();
        foreach (var name in result.Tokens[0].Value.Split(','))
        {
            // RFC 7301 section 3.1: names are not empty, and their length is one byte.
            if (name.Length == 0 || name.Any(char.IsWhiteSpace) || Encoding.UTF8.GetByteCount(name) > 255)
                return Error<List<SslApplicationProtocol>>(
                    result, $"--alpn: '{result.Tokens[0].Value}' must be names of 1 to 255 bytes, with commas between them and no spaces.");

            var protocol = new SslApplicationProtocol(name);
            if (protocols.Contains(protocol))
                return Error<List<SslApplicationProtocol>>(result, $"--alpn: '{name}' is there twice.");

            protocols.Add(protocol);
        }

        return protocols;
    }

    // What a timer can tell from nothing.
    private const double MinSeconds = 0.001;

    // A day: whoever waits longer does not wait for TLS.
    private const int MaxSeconds = 86_400;
}
