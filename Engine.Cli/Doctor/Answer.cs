namespace TlsFsm.Cli.Doctor;

/// <summary>What an examination can say about a question.</summary>
internal enum Answer
{
    /// <summary>Nobody knows: it was not asked, or the server gave no answer that can be told from a failure of the network.</summary>
    NotTested,

    /// <summary>The server does.</summary>
    Yes,

    /// <summary>The server was asked and does not.</summary>
    No,
}
