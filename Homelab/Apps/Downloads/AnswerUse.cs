namespace Homelab.Apps.Downloads;

/// <summary>What an answer is good for.</summary>
internal enum AnswerUse
{
    /// <summary>Its body goes behind what is there.</summary>
    Append,

    /// <summary>Its body is the file from its beginning.</summary>
    FromStart,

    /// <summary>Nothing is missing.</summary>
    Complete,

    /// <summary>What is there is not the beginning of what the server has: it is thrown away and asked for anew.</summary>
    StartAnew,

    /// <summary>No; asking again does not help.</summary>
    Fail,
}
